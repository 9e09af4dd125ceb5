"""The record that a claim is scored from: one definition for the generator, the training and the service."""

from __future__ import annotations

import math
from typing import Any, Callable, Mapping, NamedTuple

UNKNOWN = math.nan


class Feature(NamedTuple):
    """A field of the record, the values it may take, and how the model sees it: always as one number."""

    name: str
    kind: str
    description: str
    domain: str
    # Returns the model's number for a value, or raises `ValueError` saying what is wrong with it.
    encode: Callable[[Any], float]
    categories: tuple[str, ...] = ()
    optional: bool = False

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
    domain = ", ".join(categories)
    codes = {category: float(code) for code, category in enumerate(categories)}

    def encode(value: Any) -> float:
        if isinstance(value, str) and value in codes:
            return codes[value]
        raise ValueError(f"must be one of: {domain}")

    return Feature(name, "category", description, domain, encode, categories)


def _integer(name: str, description: str, minimum: int, maximum: int, optional: bool = False) -> Feature:
    domain = f"{minimum} to {maximum}"

    def encode(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError("must be a whole number")
        # Written so that NaN fails as well.
        if not minimum <= value <= maximum:
            raise ValueError(f"must be {domain}")
        if value != int(value):
            raise ValueError("must be a whole number")
        return float(value)

    return Feature(name, "integer", description, domain, encode, optional=optional)


def _boolean(name: str, description: str) -> Feature:
    def encode(value: Any) -> float:
        if isinstance(value, bool):
            return float(value)
        raise ValueError("must be true or false")

    return Feature(name, "boolean", description, "true, false", encode)


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
_ENCODERS = [(feature.name, feature.encode, feature.optional) for feature in FEATURES]


def encode(record: Mapping[str, Any]) -> tuple[list[float], list[tuple[str, str]]]:
    """Return the record as the model's row, and what is wrong with it as pairs of field and problem."""
    row = []
    problems = []
    for name, encode_value, optional in _ENCODERS:
        value = record.get(name)
        if value is None:
            if optional:
                row.append(UNKNOWN)
            else:
                problems.append((name, "is missing"))
            continue
        try:
            row.append(encode_value(value))
        except ValueError as error:
            problems.append((name, str(error)))
    if not _KNOWN.issuperset(record):
        # Fields are named by the caller: their names are cut, and what they hold is never repeated.
        problems += [(str(name)[:40], "is not a field of a claim") for name in record if name not in _KNOWN]
    return row, problems
