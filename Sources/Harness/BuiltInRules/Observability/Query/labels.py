"""Say which labels a PromQL expression can have, and where it asks for one that cannot be there.

Reads a JSON list of {"id", "expr", "used"} from the named file, `used` being the labels that an alert's texts name, and
writes a list of {"id", "rule", "message"}. An expression that the library cannot parse is left out: promtool judges it.

Source of the semantics: Prometheus, promql/engine.go (aggregation, resultMetric, VectorAnd) and functions.go.
Not modelled: the labels that a scrape or a recording rule adds, which only a server knows.
"""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import promql_parser as promql

# Functions that keep the labels of their vector, except those handled one by one below.
SCALARS = {"scalar", "time", "vector", "pi"}
KEEPING = {"topk", "bottomk", "limitk", "limit_ratio"}


@dataclass(frozen=True)
class _Labels:
    """What is certain of the labels of each series in a result."""

    only: frozenset[str] | None = None  # at most these; None where any other may be there
    removed: frozenset[str] = field(default_factory=frozenset)
    present: frozenset[str] = field(default_factory=frozenset)  # certainly there, and not empty

    def lacks(self, label: str) -> bool:
        return label in self.removed or (self.only is not None and label not in self.only)

    def keeping(self, labels: frozenset[str]) -> _Labels:
        held = labels if self.only is None else labels & self.only
        return _Labels(held - self.removed, frozenset(), self.present & labels)

    def without(self, labels: frozenset[str]) -> _Labels:
        only = None if self.only is None else self.only - labels
        return _Labels(only, self.removed | labels, self.present - labels)

    def adding(self, labels: frozenset[str]) -> _Labels:
        only = None if self.only is None else self.only | labels
        return _Labels(only, self.removed - labels, self.present)


NONE = _Labels(only=frozenset())

# What a function can give, whatever its argument. An empty result is not a value: count() is never 0.
RANGES = {
    **dict.fromkeys(["count", "count_values", "count_over_time"], (1.0, math.inf)),
    **dict.fromkeys(["group", "absent", "absent_over_time", "present_over_time"], (1.0, 1.0)),
    **dict.fromkeys(["abs", "sqrt", "exp", "changes", "resets", "stddev", "stdvar"], (0.0, math.inf)),
    **dict.fromkeys(["stddev_over_time", "stdvar_over_time", "time"], (0.0, math.inf)),
    "hour": (0.0, 23.0),
    "minute": (0.0, 59.0),
    "month": (1.0, 12.0),
    "day_of_month": (1.0, 31.0),
    "day_of_week": (0.0, 6.0),
    "day_of_year": (1.0, 366.0),
    "days_in_month": (28.0, 31.0),
}
SAME = {"avg", "min", "max", "topk", "bottomk", "quantile"}
ANY = (-math.inf, math.inf)


def _range(node: Any) -> tuple[float, float]:
    """Return the least and the greatest value that an expression can have."""
    match type(node).__name__:
        case "NumberLiteral":
            return (node.val, node.val) if not math.isnan(node.val) else ANY
        case "ParenExpr":
            return _range(node.expr)
        case "UnaryExpr":
            low, high = _range(node.expr)
            return (-high, -low)
        case "AggregateExpr":
            name = str(node.op)
            if name == "quantile":
                return ANY
            return RANGES.get(name) or (_range(node.expr) if name in SAME else ANY)
        case "Call":
            name = node.func.name
            if name in ("label_replace", "label_join", "sort", "sort_desc", "scalar", "vector"):
                return _range(node.args[0]) if name != "scalar" else ANY
            return RANGES.get(name, ANY)
        case "BinaryExpr":
            return _filtered(node)
        case _:
            return ANY


def _filtered(node: Any) -> tuple[float, float]:
    """Return the range of what a comparison lets through, or of a set operation."""
    operation = str(node.op)
    if operation in ("and", "unless"):
        return _range(node.lhs)
    if node.modifier is not None and node.modifier.return_bool:
        return (0.0, 1.0)
    low, high = _range(node.lhs)
    if operation not in ("==", ">", ">=", "<", "<=") or type(node.rhs).__name__ != "NumberLiteral":
        return ANY if operation not in ("==", "!=", ">", ">=", "<", "<=") else (low, high)
    value = node.rhs.val
    if operation == "==":
        return (value, value)
    if operation == ">":
        return (max(low, math.nextafter(value, math.inf)), high)
    if operation == ">=":
        return (max(low, value), high)
    return (low, min(high, value if operation == "<=" else math.nextafter(value, -math.inf)))


def _shown(low: float, high: float) -> str:
    if low == high:
        return f"{low:g}"
    if high == math.inf:
        return f"at least {low:g}"
    return f"at most {high:g}" if low == -math.inf else f"{low:g} to {high:g}"


class _Reader:
    """One walk over an expression."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def say(self, rule: str, message: str) -> None:
        if (rule, message) not in self.problems:
            self.problems.append((rule, message))

    def labels(self, node: Any) -> _Labels:
        match type(node).__name__:
            case "VectorSelector":
                return self.selector(node)
            case "MatrixSelector":
                return self.selector(node.vector_selector)
            case "ParenExpr" | "SubqueryExpr" | "UnaryExpr":
                return self.labels(node.expr)
            case "AggregateExpr":
                return self.aggregate(node)
            case "Call":
                return self.call(node)
            case "BinaryExpr":
                return self.binary(node)
            case _:
                return NONE

    def selector(self, node: Any) -> _Labels:
        equal: dict[str, str] = {}
        unequal: set[tuple[str, str]] = set()
        if node.matchers.or_matchers:
            return _Labels()
        self.patterns(node.matchers.matchers)
        for matcher in node.matchers.matchers:
            if matcher.op == promql.MatchOp.Equal:
                if equal.get(matcher.name, matcher.value) != matcher.value:
                    self.say("never", f"no series has {matcher.name} both {equal[matcher.name]} and {matcher.value}")
                equal[matcher.name] = matcher.value
            elif matcher.op == promql.MatchOp.NotEqual:
                unequal.add((matcher.name, matcher.value))
        for name, value in unequal & set(equal.items()):
            self.say("never", f"no series has {name} equal and not equal to {value}")
        return _Labels(present=frozenset(name for name, value in equal.items() if value))

    def patterns(self, matchers: list[Any]) -> None:
        """Report a value that a pattern of the same selector refuses, and alternatives that have none in common."""
        literal = {each.name: each.value for each in matchers if each.op == promql.MatchOp.Equal}
        sets: dict[str, set[str]] = {}
        for each in matchers:
            if each.op not in (promql.MatchOp.Re, promql.MatchOp.NotRe):
                continue
            wanted = each.op == promql.MatchOp.Re
            if each.name in literal:
                try:
                    accepted = re.fullmatch(each.value, literal[each.name]) is not None
                except re.error:
                    continue
                if accepted != wanted:
                    sign = "=~" if wanted else "!~"
                    self.say(
                        "never", f'no series has {each.name}="{literal[each.name]}" and {each.name}{sign}"{each.value}"'
                    )
            elif wanted and re.fullmatch(r"[\w-]+(\|[\w-]+)*", each.value):
                values = set(each.value.split("|"))
                if not sets.setdefault(each.name, values) & values:
                    self.say("never", f"no series has {each.name} in both lists: {each.value}")
                sets[each.name] &= values

    def aggregate(self, node: Any) -> _Labels:
        inner = self.labels(node.expr)
        if node.param is not None:
            self.labels(node.param)
        operation = str(node.op)
        if node.modifier is None:
            return inner if operation in KEEPING else self.counted(node, NONE)
        labels = frozenset(node.modifier.labels)
        by = str(node.modifier.type).lower().endswith("by")
        if by:
            for label in sorted(labels):
                if inner.lacks(label):
                    self.say("label", f"{operation} by ({label}): no series has the label {label} any more")
        if operation in KEEPING:
            return inner
        return self.counted(node, inner.keeping(labels) if by else inner.without(labels))

    @staticmethod
    def counted(node: Any, labels: _Labels) -> _Labels:
        if str(node.op) == "count_values" and type(node.param).__name__ == "StringLiteral":
            return labels.adding(frozenset([node.param.val]))
        return labels

    def call(self, node: Any) -> _Labels:
        name = node.func.name
        inner = [self.labels(argument) for argument in node.args]
        if name in ("absent", "absent_over_time"):
            # Only a selector gives its labels: promql/functions.go, createLabelsForAbsentFunction.
            is_selector = type(node.args[0]).__name__ in ("VectorSelector", "MatrixSelector")
            labels = inner[0].present if is_selector else frozenset[str]()
            return _Labels(only=labels, present=labels)
        if name in SCALARS:
            return NONE
        if name in ("label_replace", "label_join") and type(node.args[1]).__name__ == "StringLiteral":
            target = frozenset([node.args[1].val])
            # What is written may be nothing, which removes the label.
            added = inner[0].adding(target)
            return _Labels(added.only, added.removed, added.present - target)
        if name == "histogram_quantile":
            return inner[1].without(frozenset(["le"]))
        if name == "info":
            return _Labels()
        vectors = [
            labels
            for labels, argument in zip(inner, node.args, strict=True)
            if type(argument).__name__ != "StringLiteral" and not self.is_scalar(argument)
        ]
        return vectors[0] if vectors else NONE

    def binary(self, node: Any) -> _Labels:
        left, right = self.labels(node.lhs), self.labels(node.rhs)
        self.compare(node)
        if self.is_scalar(node.lhs):
            return right
        if self.is_scalar(node.rhs):
            return left
        operation = str(node.op)
        modifier = node.modifier
        matching = modifier.matching if modifier is not None else None
        labels = frozenset(matching.labels) if matching is not None else frozenset()
        on = matching is not None and str(matching.type).endswith("Include")
        if operation not in ("or", "unless"):
            self.match(left, right, operation, labels, on)
        if on and operation not in ("or", "unless"):
            for one, other, side in ((left, right, "left"), (right, left, "right")):
                for label in sorted(labels):
                    if one.lacks(label) and not other.lacks(label):
                        self.say("label", f"on ({label}): no series of the {side} side has the label {label} any more")
        if operation == "or":
            return self.union(left, right)
        if operation in ("and", "unless"):
            return left
        card = str(modifier.card) if modifier is not None else "OneToOne"
        if card.endswith("ManyToOne"):
            self.brought(modifier, right)
            return left.adding(frozenset(modifier.group_labels or []))
        if card.endswith("OneToMany"):
            self.brought(modifier, left)
            return right.adding(frozenset(modifier.group_labels or []))
        if on:
            return left.keeping(labels)
        return left.without(labels)

    def brought(self, modifier: Any, one: _Labels) -> None:
        for label in modifier.group_labels or []:
            if one.lacks(label):
                self.say("label", f"group modifier ({label}): the side that it is taken from has no label {label}")

    def compare(self, node: Any) -> None:
        """Report a comparison of ranges that do not meet. Source: promql/functions.go and engine.go."""
        operation = str(node.op)
        (low, high), (least, most) = _range(node.lhs), _range(node.rhs)
        if operation == "and" and self.is_same_series(node) and max(low, least) > min(high, most):
            self.say("never", "`and` never holds: the two comparisons exclude each other")
        if operation not in ("==", ">", ">=", "<", "<=") or (node.modifier is not None and node.modifier.return_bool):
            return
        impossible = {
            "==": low > most or high < least,
            ">": high <= least,
            ">=": high < least,
            "<": low >= most,
            "<=": low > most,
        }[operation]
        if impossible:
            sides = f"the left side is {_shown(low, high)} and the right {_shown(least, most)}"
            self.say("never", f"`{operation}` never holds: {sides}")

    @staticmethod
    def is_same_series(node: Any) -> bool:
        if not type(node.lhs).__name__ == type(node.rhs).__name__ == "BinaryExpr":
            return False
        is_plain = node.modifier is None or node.modifier.matching is None
        return is_plain and str(node.lhs.lhs) == str(node.rhs.lhs)

    def match(self, left: _Labels, right: _Labels, operation: str, labels: frozenset[str], on: bool) -> None:
        """Report two sides of which no series can have the same labels."""
        for one, other, side in ((left, right, "right"), (right, left, "left")):
            for label in sorted(other.present):
                compared = label in labels if on else label not in labels and label != "__name__"
                if compared and one.lacks(label):
                    self.say(
                        "never",
                        f"`{operation}` never matches: only the {side} side has the label {label}; "
                        "add on() with the labels that both have",
                    )
                    return

    @staticmethod
    def union(left: _Labels, right: _Labels) -> _Labels:
        only = None if left.only is None or right.only is None else left.only | right.only
        return _Labels(only, left.removed & right.removed, left.present & right.present)

    def is_scalar(self, node: Any) -> bool:
        kind = type(node).__name__
        if kind in ("ParenExpr", "UnaryExpr"):
            return self.is_scalar(node.expr)
        if kind == "BinaryExpr":
            return self.is_scalar(node.lhs) and self.is_scalar(node.rhs)
        return kind == "NumberLiteral" or (kind == "Call" and node.func.name in ("scalar", "time", "pi"))


def main() -> None:
    found: list[dict[str, Any]] = []
    for entry in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        try:
            node = promql.parse(entry["expr"])
        except ValueError:
            continue
        reader = _Reader()
        labels = reader.labels(node)
        problems = list(reader.problems)
        problems += [
            ("annotation", f"{{{{ $labels.{label} }}}} is always empty: the expression removes the label {label}")
            for label in entry["used"]
            if labels.lacks(label) and label != "alertname"
        ]
        found += [{"id": entry["id"], "rule": rule, "message": message} for rule, message in problems]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
