"""The endpoint's stand-in with a shadow variant."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from story.endpoint import Endpoint


class Served:
    """A container that answers one thing."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status, self.content = status, content
        self.bodies: list[bytes] = []

    def invoke(self, body: bytes, _: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.bodies.append(body)
        return self.status, {"content-type": "application/json"}, self.content


class Shadow(unittest.TestCase):
    def endpoint(self, weight: float) -> Endpoint:
        sagemaker = mock.Mock()
        sagemaker.describe_endpoint.return_value = {
            "EndpointConfigName": "c",
            "ProductionVariants": [{"VariantName": "blue", "CurrentWeight": 1.0}],
        }
        sagemaker.describe_endpoint_config.return_value = {
            "ProductionVariants": [{"VariantName": "blue", "ModelName": "v1"}],
            "ShadowProductionVariants": [{"VariantName": "green", "ModelName": "v2", "InitialVariantWeight": weight}],
            "DataCaptureConfig": {"EnableCapture": True, "DestinationS3Uri": "s3://bucket/captures"},
        }
        clients: dict[str, Any] = {"sagemaker": sagemaker, "s3": mock.Mock(), "cloudwatch": mock.Mock()}
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        endpoint = Endpoint(clients, "claims", mock.Mock(), Path(folder.name))
        self.blue, self.green = Served(200, b"blue"), Served(500, b"green")
        models = mock.patch.object(Endpoint, "model", lambda _, name: name)
        served = {"v1": self.blue, "v2": self.green}
        started = mock.patch("story.endpoint.Container.start", lambda _, name: served[name])
        with models, started:
            endpoint.refresh()
        return endpoint

    def test_a_shadow_gets_a_copy_of_each_request_and_answers_nobody(self) -> None:
        endpoint = self.endpoint(1)
        answers = {endpoint.invoke(str(number).encode(), {})[::2] for number in range(20)}
        self.assertEqual(answers, {(200, b"blue")})
        self.assertEqual(self.green.bodies, self.blue.bodies)
        endpoint.flush()
        calls = endpoint.clients["cloudwatch"].put_metric_data.call_args_list
        data = [item for call in calls for item in call.kwargs["MetricData"]]
        self.assertEqual({item["Dimensions"][1]["Value"]: item["Value"] for item in data}, {"blue": 20, "green": 20})
        (captured,) = endpoint.clients["s3"].put_object.call_args_list
        self.assertIn("/blue/", captured.kwargs["Key"])
        self.assertEqual(len([json.loads(line) for line in captured.kwargs["Body"].splitlines()]), 20)

    def test_a_lighter_shadow_gets_its_share(self) -> None:
        endpoint = self.endpoint(0.5)
        for _ in range(200):
            endpoint.invoke(b"{}", {})
        self.assertTrue(60 < len(self.green.bodies) < 140, len(self.green.bodies))
