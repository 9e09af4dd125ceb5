"""What the next challenger and the monitor compare with: the champion's archive and baseline, under fixed names."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlparse

from workflow.settings import Settings


def read(s3: Any, address: str) -> bytes:
    """Return an object's bytes."""
    place = urlparse(address)
    return s3.get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read()


def crown(s3: Any, settings: Settings, package: dict[str, Any]) -> None:
    """Put a deployed package's archive and baseline in the champion's place."""
    container = package["InferenceSpecification"]["Containers"][0]
    baseline = json.loads(read(s3, package["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"]))
    evaluation = json.loads(read(s3, package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]))
    baseline["deviance"] = evaluation["regression_metrics"]["tweedie_deviance"]["value"]
    bucket = settings.artifacts_bucket_name
    s3.put_object(Bucket=bucket, Key="models/champion/model.tar.gz", Body=read(s3, container["ModelDataUrl"]))
    s3.put_object(Bucket=bucket, Key=f"baselines/{settings.name}.json", Body=json.dumps(baseline).encode())
