"""Distances against values that can be worked out by hand."""

from __future__ import annotations

import math
import unittest

from monitor.statistics import (
    bin_counts,
    jensen_shannon_distance,
    kolmogorov_smirnov,
    population_stability_index,
    tweedie_deviance,
)


class PopulationStabilityIndex(unittest.TestCase):
    def test_the_same_shares_are_no_distance(self) -> None:
        self.assertEqual(population_stability_index([10, 20, 70], [1, 2, 7]), 0)

    def test_a_half_against_a_quarter(self) -> None:
        # (0.25 - 0.5) ln(0.25 / 0.5) + (0.75 - 0.5) ln(0.75 / 0.5) = 0.25 ln 3
        self.assertAlmostEqual(population_stability_index([1, 1], [1, 3]), 0.25 * math.log(3))

    def test_it_is_symmetric(self) -> None:
        one, other = [5, 3, 2], [2, 2, 6]
        self.assertAlmostEqual(population_stability_index(one, other), population_stability_index(other, one))

    def test_an_empty_bin_is_far_and_not_infinite(self) -> None:
        # Half of all moved into a bin that was empty: 0.5 ln 2 + 0.4999 ln 5000
        expected = 0.5 * math.log(2) + 0.4999 * math.log(5000)
        self.assertAlmostEqual(population_stability_index([1, 0], [1, 1]), expected)

    def test_other_bins_and_nothing_counted_are_refused(self) -> None:
        for one, other in (([1], [1, 2]), ([0, 0], [1, 1])):
            with self.assertRaises(ValueError):
                population_stability_index(one, other)


class JensenShannonDistance(unittest.TestCase):
    def test_nothing_in_common_is_one(self) -> None:
        self.assertAlmostEqual(jensen_shannon_distance([1, 0], [0, 1]), 1)

    def test_the_same_shares_are_zero(self) -> None:
        self.assertEqual(jensen_shannon_distance([3, 1], [6, 2]), 0)

    def test_all_against_a_half(self) -> None:
        # 1/2 log2(4/3) + 1/4 log2(2/3) + 1/4 log2(2) = 0.3113
        expected = 0.5 * math.log2(4 / 3) + 0.25 * math.log2(2 / 3) + 0.25
        self.assertAlmostEqual(jensen_shannon_distance([1, 0], [1, 1]), math.sqrt(expected))


class KolmogorovSmirnov(unittest.TestCase):
    def test_apart_is_one_and_the_same_is_zero(self) -> None:
        self.assertEqual(kolmogorov_smirnov([1, 2, 3], [4, 5]), 1)
        self.assertEqual(kolmogorov_smirnov([1, 2, 3], [3, 1, 2]), 0)

    def test_ties_count_together(self) -> None:
        # After 1: 3/4 against 1/4.
        self.assertEqual(kolmogorov_smirnov([1, 1, 1, 2], [1, 2, 2, 2]), 0.5)

    def test_an_empty_sample_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            kolmogorov_smirnov([], [1])


class Others(unittest.TestCase):
    def test_a_value_on_an_edge_is_below_it(self) -> None:
        self.assertEqual(bin_counts([1, 2], [0, 1, 1.5, 2, 3]), [2, 2, 1])

    def test_deviance_is_zero_for_the_truth_and_known_for_others(self) -> None:
        self.assertEqual(tweedie_deviance([0.25, 9], [0.25, 9]), 0)
        # 4 ((2 - 1)^2 / 2 + (4 - 2)^2 / 4) / 2
        self.assertAlmostEqual(tweedie_deviance([1, 4], [4, 16]), 3)

    def test_a_claim_that_cost_nothing_has_a_deviance(self) -> None:
        # 4 (2 - 0)^2 / 2
        self.assertAlmostEqual(tweedie_deviance([0], [4]), 8)

    def test_deviance_of_nothing_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            tweedie_deviance([], [])


if __name__ == "__main__":
    unittest.main()
