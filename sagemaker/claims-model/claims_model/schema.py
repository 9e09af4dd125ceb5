"""The record that a claim is scored from: one definition for the generator, the training and the service."""

from __future__ import annotations

import math
from typing import Any, Mapping, NamedTuple

UNKNOWN = math.nan


class Feature(NamedTuple):
    """A field of the record, the values it may take, and how the model sees it: always as one number."""

    name: str
    kind: str
    description: str
    minimum: float = 0
    maximum: float = 1
    categories: tuple[str, ...] = ()
    optional: bool = False

    @property
    def domain(self) -> str:
        """The values that the field may take, for people."""
        if self.kind == "category":
            return ", ".join(self.categories)
        if self.kind == "boolean":
            return "true, false"
        return f"{self.minimum:g} to {self.maximum:g}"

    def encode(self, value: Any) -> float:
        """Return the model's number for a value, or raise `ValueError` saying what is wrong with it."""
        if value is None:
            if self.optional:
                return UNKNOWN
            raise ValueError("is missing")
        if self.kind == "category":
            if isinstance(value, str) and value in self.categories:
                return float(self.categories.index(value))
            raise ValueError(f"must be one of: {self.domain}")
        if self.kind == "boolean":
            if isinstance(value, bool):
                return float(value)
            raise ValueError("must be true or false")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError("must be a whole number")
        # Written so that NaN fails as well.
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"must be {self.domain}")
        if value != int(value):
            raise ValueError("must be a whole number")
        return float(value)

    def decode(self, number: float) -> Any:
        """Return the value that `encode` made `number` from."""
        if math.isnan(number):
            return None
        if self.kind == "category":
            return self.categories[int(number)]
        if self.kind == "boolean":
            return bool(number)
        return int(number)

    def parse(self, text: str) -> Any:
        """Return the value that a cell of a CSV row stands for; `encode` judges it."""
        text = text.strip()
        if text == "":
            return None
        if self.kind == "boolean":
            return {"true": True, "false": False, "1": True, "0": False}.get(text.lower(), text)
        if self.kind == "integer":
            try:
                return float(text)
            except ValueError:
                return text
        return text


def _category(name: str, description: str, *categories: str) -> Feature:
    return Feature(name, "category", description, categories=categories)


def _integer(name: str, description: str, minimum: int, maximum: int, optional: bool = False) -> Feature:
    return Feature(name, "integer", description, minimum, maximum, optional=optional)


def _boolean(name: str, description: str) -> Feature:
    return Feature(name, "boolean", description)


FEATURES: tuple[Feature, ...] = (
    _category(
        "incident_type",
        "what happened",
        "windscreen",
        "theft",
        "hit_while_parked",
        "single_vehicle",
        "rear_end",
        "junction",
        "multi_vehicle",
    ),
    _category("liability", "whose fault it seems to be", "third_party", "shared", "insured"),
    _category("damage", "damage to the insured vehicle", "none", "minor", "moderate", "severe", "total_loss"),
    _category("injury", "the worst injury reported, to anybody", "none", "minor", "serious"),
    _category("region", "where it happened", "scotland", "north", "midlands", "wales", "south", "london"),
    _integer("injured_people", "how many people are hurt", 0, 20),
    _integer("third_party_vehicles", "vehicles besides the insured one", 0, 20),
    _integer("vehicle_value", "market value of the insured vehicle in pounds", 100, 250_000),
    _integer("vehicle_age", "years since its first registration", 0, 60),
    _integer("driver_age", "age of its driver", 17, 110, optional=True),
    _integer("speed_mph", "estimated speed at impact in miles per hour", 0, 150, optional=True),
    _integer("days_to_report", "days from incident to notice", 0, 365),
    _boolean("airbags_deployed", "whether any airbag went off"),
    _boolean("drivable", "whether the insured vehicle can be driven"),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
_KNOWN = frozenset(NAMES)


def encode(record: Mapping[str, Any]) -> tuple[list[float], list[tuple[str, str]]]:
    """Return the record as the model's row, and what is wrong with it as pairs of field and problem."""
    row = []
    problems = []
    for feature in FEATURES:
        try:
            row.append(feature.encode(record.get(feature.name)))
        except ValueError as error:
            problems.append((feature.name, str(error)))
    if not _KNOWN.issuperset(record):
        # Fields are named by the caller: their names are cut, and what they hold is never repeated.
        problems += [(str(name)[:40], "is not a field of a claim") for name in record if name not in _KNOWN]
    return row, problems
