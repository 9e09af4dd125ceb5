"""Distances between two samples. Nothing but the standard library, so that each line can be checked by hand."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

# An empty bin would be infinitely far away; a ten-thousandth is less than one claim in what is judged here.
FLOOR = 1e-4


def shares(counts: Sequence[float]) -> list[float]:
    """Return counts as shares of their sum."""
    total = sum(counts)
    if total <= 0:
        raise ValueError("nothing was counted")
    return [count / total for count in counts]


def population_stability_index(expected: Sequence[float], actual: Sequence[float]) -> float:
    """Return PSI of two counts over the same bins: 0 for the same shares, symmetric, without upper bound."""
    if len(expected) != len(actual):
        raise ValueError("both counts need the same bins")
    pairs = zip(shares(expected), shares(actual), strict=True)
    floored = ((max(one, FLOOR), max(other, FLOOR)) for one, other in pairs)
    return sum((other - one) * math.log(other / one) for one, other in floored)


def jensen_shannon_distance(expected: Sequence[float], actual: Sequence[float]) -> float:
    """Return the root of the Jensen-Shannon divergence to the base 2: 0 for the same shares, 1 for none in common."""
    if len(expected) != len(actual):
        raise ValueError("both counts need the same categories")
    divergence = 0.0
    for one, other in zip(shares(expected), shares(actual), strict=True):
        middle = (one + other) / 2
        for share in (one, other):
            if share > 0:
                divergence += share / 2 * math.log2(share / middle)
    return math.sqrt(max(divergence, 0.0))


def kolmogorov_smirnov(expected: Sequence[float], actual: Sequence[float]) -> float:
    """Return the largest difference between the two empirical distributions, from 0 to 1."""
    one, other = sorted(expected), sorted(actual)
    if not one or not other:
        raise ValueError("both samples need a value")
    return max(
        abs(bisect_right(one, value) / len(one) - bisect_right(other, value) / len(other)) for value in {*one, *other}
    )


def bin_counts(edges: Sequence[float], values: Sequence[float]) -> list[int]:
    """Return how many values are at most each edge, and how many above the last."""
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[sum(edge < value for edge in edges)] += 1
    return counts


def tweedie_deviance(cost: Sequence[float], predicted: Sequence[float]) -> float:
    """Return the mean Tweedie deviance for the power 1.5, which the model is trained with; a claim may cost nothing."""
    if not cost or len(cost) != len(predicted):
        raise ValueError("as many costs as predictions, and at least one, are needed")
    roots = ((math.sqrt(value), math.sqrt(guess)) for value, guess in zip(cost, predicted, strict=True))
    return 4 * sum((guess - value) ** 2 / guess for value, guess in roots) / len(cost)
