"""Defines the 37 fields of a claim for training and for both services: the supplied order, names and values."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

# The supplied data spell "unknown" in four ways.
UNKNOWN_SPELLINGS = frozenset(["n/k", "N/K", "N/A", "#"])
# The model's number for an unknown category.
UNKNOWN = -1.0


class Feature(NamedTuple):
    """A field of a claim: its valid values and the number that stands for each in the v2 model."""

    name: str
    kind: str
    description: str
    minimum: int = 0
    maximum: int = 20
    # In the order of the v2 model's numbers.
    categories: tuple[str, ...] = ()
    # The spelling of "unknown" that the supplied model was trained with; empty where a value is required.
    unknown: str = ""
    alias: str = ""

    @property
    def optional(self) -> bool:
        """Whether the value may be unknown."""
        return bool(self.unknown)

    @property
    def domain(self) -> str:
        """The valid values as text."""
        if self.kind == "integer":
            return f"{self.minimum} to {self.maximum}"
        return ", ".join(self.categories) + (" or n/k" if self.optional else "")

    def read(self, value: Any) -> Any:
        """Return the value, or None for unknown. Raises `ValueError` that says what is valid."""
        if self.kind == "integer":
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
                raise ValueError("must be a whole number")
            # The bounds come first: int(inf) raises.
            if not self.minimum <= value <= self.maximum:
                raise ValueError(f"must be {self.domain}")
            if value != int(value):
                raise ValueError("must be a whole number")
            return int(value)
        if isinstance(value, str) and value in self.categories:
            return value
        if self.optional and (value is None or (isinstance(value, str) and value in UNKNOWN_SPELLINGS)):
            return None
        raise ValueError(f"must be one of: {self.domain}")

    def number(self, value: Any) -> float:
        """Return the v2 model's number for a value that `read` returned."""
        if self.kind == "integer":
            # A notice before the loss is an entry error, not information.
            return float(max(value, 0))
        return UNKNOWN if value is None else float(self.categories.index(value))

    def decode(self, number: float) -> Any:
        """Return the value that `number` stands for."""
        if self.kind == "integer":
            return int(number)
        return None if number == UNKNOWN else self.categories[int(number)]

    def parse(self, cell: str) -> Any:
        """Return the value of a CSV cell; `read` validates it."""
        cell = cell.strip()
        if self.kind == "integer":
            try:
                return float(cell)
            except ValueError:
                return cell
        return cell or None


def _category(name: str, description: str, *categories: str, unknown: str = "") -> Feature:
    return Feature(name, "category", description, categories=categories, unknown=unknown)


def _flag(name: str, description: str, alias: str = "") -> Feature:
    return Feature(name, "integer", description, maximum=1, alias=alias)


def _counts(prefix: str, description: str, *endings: str) -> list[Feature]:
    return [Feature(f"{prefix}_{ending}", "integer", f"{description}: {ending}") for ending in endings]


FEATURES: tuple[Feature, ...] = (
    Feature("Notification_period", "integer", "days from the loss to its notice", minimum=-30, maximum=3650),
    _category(
        "Location_of_incident",
        "where it happened",
        "Home Address",
        "Car Park",
        "Other",
        "Minor Road",
        "Main Road",
        "Motorway",
        "Not Applicable",
        unknown="n/k",
    ),
    _category("Weather_conditions", "the weather", "NORMAL", "WET", "SNOW,ICE,FOG", unknown="N/K"),
    _category("Vehicle_mobile", "whether the insured vehicle can be driven", "N", "Y", unknown="n/k"),
    _category("Main_driver", "whether the main driver drove", "N", "Other", "Y"),
    _category("PH_considered_TP_at_fault", "whether the policyholder blames the third party", "N", "Y", unknown="n/k"),
    # The supplied interface misspells the name; both spellings are valid.
    _flag("Vechile_registration_present", "whether a registration was given", alias="Vehicle_registration_present"),
    _flag("Incident_details_present", "whether the incident was described"),
    _flag("Injury_details_present", "whether an injury was described"),
    *_counts(
        "TP_type",
        "third parties by type",
        *("insd_pass_back", "insd_pass_front", "driver", "pass_back", "pass_front", "bike", "cyclist"),
        *("pass_multi", "pedestrian", "other", "nk"),
    ),
    *_counts("TP_injury", "third parties by injury", "whiplash", "traumatic", "fatality", "unclear", "nk"),
    *_counts(
        "TP_region",
        "third parties by region",
        *("eastang", "eastmid", "london", "north", "northw", "outerldn", "scotland", "southe", "southw"),
        *("wales", "westmid", "yorkshire"),
    ),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
_ALIASES = {feature.alias: feature.name for feature in FEATURES if feature.alias}
_KNOWN = frozenset(NAMES)

Problems = list  # of tuple[str, str]: field and problem


def read(record: Mapping[str, Any] | Sequence[Any]) -> tuple[list[Any], Problems]:
    """Return the claim's values in the supplied order, and its problems as pairs of field and text.

    A claim is an object of named fields, or an array of 37 values in the supplied order.
    """
    if isinstance(record, (list, tuple)):
        if len(record) != len(NAMES):
            return [], [("claim", f"has {len(record)} values instead of {len(NAMES)}")]
        record = dict(zip(NAMES, record))
    elif not isinstance(record, Mapping):
        return [], [("claim", "must be an object or an array")]
    named = {_ALIASES.get(name, name): value for name, value in record.items()}
    values: list[Any] = []
    problems: Problems = []
    for feature in FEATURES:
        if feature.name not in named and not feature.optional:
            problems.append((feature.name, "is missing"))
            continue
        try:
            values.append(feature.read(named.get(feature.name)))
        except ValueError as error:
            problems.append((feature.name, str(error)))
    # The caller chose these names: they are cut, and their values are never repeated.
    problems += [(str(name)[:40], "is not a field of a claim") for name in named if name not in _KNOWN]
    return values, problems


def numbers(values: Sequence[Any]) -> list[float]:
    """Return the v2 model's row for values that `read` returned."""
    return [feature.number(value) for feature, value in zip(FEATURES, values)]


def encode(record: Mapping[str, Any] | Sequence[Any]) -> tuple[list[float], Problems]:
    """Return the v2 model's row for a claim, empty if it has problems, and the problems."""
    values, problems = read(record)
    return ([] if problems else numbers(values)), problems
