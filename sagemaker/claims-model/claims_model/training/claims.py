"""A seeded generator of motor claims whose expected cost is known exactly.

The exercise supplies neither model nor data. What stands in is invented, amounts included: it has the shape of
such data (many small claims, few very large ones, fields that are not known yet) and nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from claims_model.schema import FEATURES, NAMES

# Gamma with this shape: a claim's cost scatters around its expectation with a coefficient of variation of 0.71.
GAMMA_SHAPE = 2.0


class Claims(NamedTuple):
    """Rows as the model sees them, the cost of each, and what that cost was expected to be."""

    rows: np.ndarray
    cost: np.ndarray
    expected: np.ndarray

    def part(self, start: int, end: int) -> Claims:
        """Return the claims from `start` up to `end`."""
        return Claims(self.rows[start:end], self.cost[start:end], self.expected[start:end])


def column(rows: np.ndarray, name: str) -> np.ndarray:
    """Return one field of all rows."""
    return rows[:, NAMES.index(name)]


def is_any(rows: np.ndarray, name: str, *categories: str) -> np.ndarray:
    """Return for which rows the field holds one of the categories."""
    feature = FEATURES[NAMES.index(name)]
    return np.isin(column(rows, name), [feature.categories.index(category) for category in categories])


def expected_cost(rows: np.ndarray) -> np.ndarray:
    """Return the known relation: repair or loss, third parties' vehicles, and injuries, with a floor of 50 pounds.

    What is not known yet counts as a stated value: 30 mph, and a driver of 40.
    """
    value, age = column(rows, "vehicle_value"), column(rows, "vehicle_age")
    speed, driver = column(rows, "speed_mph"), column(rows, "driver_age")
    speed = np.where(np.isnan(speed), 30, speed)
    driver = np.where(np.isnan(driver), 40, driver)

    share = np.select(
        [is_any(rows, "damage", name) for name in ("none", "minor", "moderate", "severe", "total_loss")],
        [0.0, 0.06, 0.18, 0.45, 0.95],
    )
    own = 250 * (share > 0) + share * value * (1 - 0.012 * np.minimum(age, 15))
    own *= 1 + 0.15 * (column(rows, "drivable") == 0)
    own = np.where(is_any(rows, "incident_type", "windscreen"), 110 + 0.006 * value, own)
    own = np.where(is_any(rows, "incident_type", "theft"), 0.75 * value, own)

    fault = np.select([is_any(rows, "liability", name) for name in ("third_party", "shared", "insured")], [0.1, 0.5, 1])
    others = column(rows, "third_party_vehicles") * (1_400 + 35 * speed)
    hurt = np.select([is_any(rows, "injury", name) for name in ("none", "minor", "serious")], [0, 2_800, 26_000])
    injuries = column(rows, "injured_people") * hurt * (1 + 0.008 * np.maximum(speed - 30, 0))
    injuries *= 1 + 0.25 * column(rows, "airbags_deployed")

    place = np.where(is_any(rows, "region", "london"), 1.2, np.where(is_any(rows, "region", "south"), 1.08, 1.0))
    young = np.where(driver < 25, 1.15, 1.0)
    late = 1 + 0.004 * np.minimum(column(rows, "days_to_report"), 60)
    return np.maximum((own + fault * (others + injuries)) * place * young * late, 50)


def generate(count: int, seed: int) -> Claims:
    """Return `count` claims; the same seed gives the same claims."""
    random = np.random.default_rng(seed)
    fields: dict[str, np.ndarray] = {}

    def choose(name: str, *weights: float) -> np.ndarray:
        fields[name] = random.choice(len(weights), count, p=np.array(weights) / sum(weights))
        return fields[name]

    incident = choose("incident_type", 16, 4, 18, 13, 25, 17, 7)
    windscreen, theft, parked = incident == 0, incident == 1, incident == 2
    moving = incident >= 3
    with_others = incident >= 4

    choose("liability", 45, 15, 40)
    fields["liability"][parked] = 0
    fields["liability"][windscreen | theft | (incident == 3)] = 2
    choose("region", 8, 25, 22, 6, 24, 15)

    speed = np.where(moving, np.clip(random.gamma(3.2, 9, count), 1, 110), 0).round()
    force = speed / 30 + random.normal(0, 0.45, count)
    damage = np.digitize(force, [-0.3, 0.6, 1.3, 2.2])
    damage = np.where(parked, random.choice(3, count, p=[0.05, 0.75, 0.2]), damage)
    fields["damage"] = np.where(windscreen | theft, 0, damage)
    hurt = moving & (random.random(count) < 0.05 + 0.09 * np.clip(force, 0, 3))
    fields["injury"] = np.where(hurt, 1 + (random.random(count) < 0.06 + 0.05 * np.clip(force, 0, 3)), 0)
    fields["injured_people"] = np.where(hurt, 1 + random.poisson(0.6, count), 0).clip(0, 20)
    vehicles = 1 + np.where(incident == 6, 1 + random.poisson(0.7, count), 0)
    fields["third_party_vehicles"] = np.where(with_others, vehicles, np.where(parked, random.random(count) < 0.5, 0))
    fields["vehicle_age"] = random.gamma(2.2, 3.4, count).round().clip(0, 60)
    new_price = random.lognormal(10.1, 0.4, count)
    fields["vehicle_value"] = (new_price * 0.86 ** fields["vehicle_age"]).round().clip(100, 250_000)
    fields["driver_age"] = random.normal(44, 16, count).round().clip(17, 110)
    fields["driver_age"][random.random(count) < 0.06] = np.nan
    fields["speed_mph"] = np.where(random.random(count) < np.where(moving, 0.3, 0.02), np.nan, speed)
    fields["days_to_report"] = random.geometric(0.25, count).clip(1, 366) - 1
    fields["airbags_deployed"] = moving & (random.random(count) < np.clip(force / 4, 0, 0.8))
    fields["drivable"] = ~theft & (random.random(count) < np.clip(1.1 - 0.3 * fields["damage"], 0, 1))

    # The model reads 32-bit numbers: what it learns from is rounded in the same way.
    rows = np.column_stack([fields[name] for name in NAMES]).astype(np.float32)
    expected = expected_cost(rows.astype(np.float64))
    cost = random.gamma(GAMMA_SHAPE, expected / GAMMA_SHAPE)
    return Claims(rows, cost, expected)
