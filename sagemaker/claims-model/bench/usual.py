"""The same model served the usual way: FastAPI, pydantic and scikit-learn's predict, without drivers."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, create_model

from claims_model.schema import FEATURES
from claims_model.training.claims import generate
from claims_model.training.model import CostModel


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _field(feature: Any) -> tuple[Any, Any]:
    if feature.kind == "category":
        kind: Any = str
        rule = Field(pattern="^(" + "|".join(feature.categories) + ")$")
    elif feature.kind == "boolean":
        kind, rule = bool, Field()
    else:
        rule = (
            Field(None, ge=feature.minimum, le=feature.maximum)
            if feature.optional
            else Field(ge=feature.minimum, le=feature.maximum)
        )
        kind = int | None if feature.optional else int
    return kind, rule


Claim = create_model("Claim", __base__=_Closed, **{feature.name: _field(feature) for feature in FEATURES})

# Fitted here from the same claims, so that nothing is unpickled; not part of what is measured.
_claims = generate(int(os.environ["BENCH_CLAIMS"]), int(os.environ["BENCH_SEED"]))
_model = CostModel(_claims.part(0, len(_claims.cost) * 3 // 4), int(os.environ["BENCH_SEED"]))
application = FastAPI()


@application.get("/readyz")
def ready() -> dict[str, bool]:
    return {"ready": True}


@application.post("/score")
def score(claims: Claim | list[Claim]) -> dict[str, Any]:
    records = claims if isinstance(claims, list) else [claims]
    rows = np.array(
        [[feature.encode(getattr(record, feature.name)) for feature in FEATURES] for record in records], np.float32
    )
    return {"predictions": [{"expected_cost": round(float(cost), 2)} for cost in _model.predict(rows)]}
