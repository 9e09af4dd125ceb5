"""What claims looked like when the model was trained: what later ones are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from monitor.statistics import bin_counts

BINS = 10
# Values kept of a number, evenly spaced over its order: enough for a Kolmogorov-Smirnov distance to 0.002.
KEPT = 500


class Feature(Protocol):
    """What is asked of a field of the claims' schema."""

    name: str
    kind: str


def baseline(features: Sequence[Feature], records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Describe the records, field by field."""
    return {
        "records": len(records),
        "features": {
            feature.name: _describe(feature, [record.get(feature.name) for record in records]) for feature in features
        },
    }


def _describe(feature: Feature, values: Sequence[Any]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    missing = 1 - len(known) / len(values)
    if feature.kind == "integer":
        ordered = sorted(known)
        edges = sorted({ordered[len(ordered) * step // BINS] for step in range(1, BINS)})
        kept = [ordered[len(ordered) * step // KEPT] for step in range(KEPT)] if len(ordered) > KEPT else ordered
        return {
            "kind": "number",
            "missing": missing,
            "edges": edges,
            "counts": bin_counts(edges, known),
            "sample": kept,
        }
    counts: dict[str, int] = {}
    for value in known:
        counts[str(value)] = counts.get(str(value), 0) + 1
    return {"kind": "category", "missing": missing, "counts": dict(sorted(counts.items()))}
