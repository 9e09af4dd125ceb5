"""The pipeline's definition against the service's own model: each step's arguments are a request of its API."""

from __future__ import annotations

import copy
import json
import unittest
from typing import Any

from botocore.session import Session
from botocore.validate import ParamValidator

from workflow.definition import Images, definition
from workflow.settings import Problem, Settings

OUTPUTS: dict[str, Any] = {
    "region": "eu-west-1",
    "endpoint_name": "claims",
    "model_package_group_name": "claims",
    "artifacts_bucket_name": "models-artifacts",
    "captures_bucket_name": "models-captures",
    "jobs_security_group_id": "sg-1",
    "endpoint_security_group_id": "sg-2",
    "endpoint_role_arn": "arn:aws:iam::111122223333:role/claims-endpoint",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "deployment_alarm_names": ["claims-errors"],
    "kms_key_arns": {"artifacts": "arn:aws:kms:eu-west-1:111122223333:key/1", "captures": "-"},
    "pipeline_role_arn": "arn:aws:iam::111122223333:role/claims-pipeline",
    "jobs_role_arn": "arn:aws:iam::111122223333:role/claims-jobs",
}
SETTINGS = Settings(OUTPUTS)
IMAGES = Images(
    "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims:1", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims:j"
)
# SageMaker names these jobs itself.
NAMES = {"CreateProcessingJob": "ProcessingJobName", "CreateTrainingJob": "TrainingJobName"}


def plain(value: Any) -> Any:
    """What is known only at run time, as a text."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return (
            "s3://bucket/key"
            if {"Get", "Std:Join"} & value.keys()
            else {name: plain(item) for name, item in value.items()}
        )
    return value


def requests(pipeline: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the name of each step, the operation that it calls, and its arguments."""
    operations = {
        "Processing": "CreateProcessingJob",
        "Training": "CreateTrainingJob",
        "RegisterModel": "CreateModelPackage",
    }
    found = []
    for step in pipeline["Steps"]:
        if step["Type"] == "Condition":
            found += requests({"Steps": step["Arguments"]["IfSteps"] + step["Arguments"]["ElseSteps"]})
        else:
            found.append((step["Name"], operations[step["Type"]], step["Arguments"]))
    return found


def faults(pipeline: dict[str, Any]) -> str:
    service = Session().get_service_model("sagemaker")
    found = ""
    for name, operation, arguments in requests(pipeline):
        request = {**plain(arguments), **({NAMES[operation]: name} if operation in NAMES else {})}
        found += ParamValidator().validate(request, service.operation_model(operation).input_shape).generate_report()
    return found


class Definition(unittest.TestCase):
    def setUp(self) -> None:
        self.pipeline = definition(SETTINGS, IMAGES)

    def test_every_step_is_a_request_that_the_service_takes(self) -> None:
        self.assertEqual([name for name, _, _ in requests(self.pipeline)], ["Process", "Train", "Evaluate", "Register"])
        self.assertEqual(faults(self.pipeline), "")

    def test_a_word_that_the_service_does_not_know_is_found(self) -> None:
        for change in (
            lambda step: step["Arguments"].update(Network={}),
            lambda step: step["Arguments"].pop("RoleArn"),
            lambda step: step["Arguments"]["StoppingCondition"].update(MaxRuntimeInSeconds="1"),
        ):
            broken = copy.deepcopy(self.pipeline)
            change(broken["Steps"][0])
            self.assertNotEqual(faults(broken), "")

    def test_what_a_step_refers_to_is_there(self) -> None:
        known = {parameter["Name"] for parameter in self.pipeline["Parameters"]}
        names = {name for name, _, _ in requests(self.pipeline)}

        def check(value: Any) -> None:
            if isinstance(value, list):
                for item in value:
                    check(item)
            elif isinstance(value, dict):
                kind, _, rest = value["Get"].partition(".") if "Get" in value else ("", "", "")
                if kind == "Parameters":
                    self.assertIn(rest, known)
                elif kind == "Steps":
                    self.assertIn(rest.partition(".")[0], names)
                for item in value.values():
                    check(item)

        check(self.pipeline)

    def test_every_job_is_isolated_and_encrypted_in_the_private_subnets(self) -> None:
        for _, operation, arguments in requests(self.pipeline):
            if operation == "CreateModelPackage":
                continue
            network = arguments.get("NetworkConfig", arguments)
            self.assertTrue(network["EnableNetworkIsolation"])
            self.assertEqual(network["VpcConfig"]["Subnets"], SETTINGS.subnet_ids)
            self.assertEqual(json.dumps(arguments).count(SETTINGS.kms_key_arns["artifacts"]), 2)

    def test_only_a_better_challenger_is_registered(self) -> None:
        gate = self.pipeline["Steps"][-1]["Arguments"]
        (condition,) = gate["Conditions"]
        ratio = {"Get": "Parameters.MaximumDevianceRatio"}
        self.assertEqual((condition["Type"], condition["RightValue"]), ("LessThanOrEqualTo", ratio))
        limits = {item["Name"]: item["DefaultValue"] for item in self.pipeline["Parameters"]}
        self.assertLess(limits["MaximumDevianceRatio"], 1)
        self.assertEqual(([step["Name"] for step in gate["IfSteps"]], gate["ElseSteps"]), (["Register"], []))

    def test_a_model_is_registered_as_pending(self) -> None:
        register = requests(self.pipeline)[-1][2]
        self.assertEqual(register["ModelApprovalStatus"], "PendingManualApproval")

    def test_an_output_that_is_missing_is_named(self) -> None:
        with self.assertRaisesRegex(Problem, "lack state_machine_arn; apply terraform/stacks/model-hosting"):
            _ = SETTINGS.state_machine_arn
        wrapped = Settings({"region": {"value": "eu-west-1", "sensitive": False}})
        self.assertEqual(wrapped.region, "eu-west-1")


if __name__ == "__main__":
    unittest.main()
