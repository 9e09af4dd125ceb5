"""Corrections of SageMaker, and of Application Auto Scaling where it scales an endpoint."""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import AWSValidationException
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse


def correct() -> None:
    keep_isolation_of_models()
    keep_weights_of_none()
    keep_counts_that_nobody_named()
    keep_how_endpoints_are_deployed()
    update_endpoints()
    keep_policies_of_package_groups()
    delete_package_groups()
    keep_tags_of_scaled_endpoints()


def keep_isolation_of_models() -> None:
    """A model keeps whether its container has a network; moto forgets it, and every plan makes the model again."""
    original = SageMakerResponse.create_model

    def create_model(self: SageMakerResponse) -> ActionResult:
        answer = original(self)
        model = self.sagemaker_backend._models[self._get_param("ModelName")]
        model.enable_network_isolation = bool(self._get_param("EnableNetworkIsolation"))
        return answer

    SageMakerResponse.create_model = create_model


def keep_weights_of_none() -> None:
    """A variant can have a weight of 0, and so no traffic; moto takes 0 for none given and shows no weight."""
    original = FakeEndpoint._process_production_variants

    def process(self: FakeEndpoint, variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
        shown = original(self, variants)
        for given, variant in zip(variants, shown, strict=True):
            # One is SageMaker's default.
            weight = given.get("InitialVariantWeight")
            variant["CurrentWeight"] = variant["DesiredWeight"] = 1.0 if weight is None else weight
        return shown

    FakeEndpoint._process_production_variants = process


def keep_counts_that_nobody_named() -> None:
    """UpdateEndpointWeightsAndCapacities leaves what a request does not name; moto sets it to nothing."""
    original = SageMakerModelBackend.update_endpoint_weights_and_capacities

    def update(self: SageMakerModelBackend, endpoint_name: str, desired_weights_and_capacities: list[Any]) -> str:
        endpoint = self.endpoints.get(endpoint_name)
        before = {item["VariantName"]: dict(item) for item in endpoint.production_variants} if endpoint else {}
        arn = original(self, endpoint_name, desired_weights_and_capacities)
        for variant in self.endpoints[endpoint_name].production_variants:
            for key, value in before[variant["VariantName"]].items():
                if variant.get(key) is None:
                    variant[key] = value
        return arn

    SageMakerModelBackend.update_endpoint_weights_and_capacities = update


def keep_how_endpoints_are_deployed() -> None:
    """An endpoint tells how it was last deployed (LastDeploymentConfig); moto forgets what it was given.

    Without it Terraform sets it again in every plan.
    """
    original = SageMakerResponse.create_endpoint

    def create_endpoint(self: SageMakerResponse) -> ActionResult:
        answer = original(self)
        endpoint = self.sagemaker_backend.endpoints[self._get_param("EndpointName")]
        endpoint.last_deployment_config = self._get_param("DeploymentConfig")
        return answer

    SageMakerResponse.create_endpoint = create_endpoint


def update_endpoints() -> None:
    """UpdateEndpoint has an endpoint serve another configuration; moto lacks the call.

    Here it is done at once: no traffic is shifted, no alarm is looked at, and nothing goes back by itself. Weights and
    counts are the configuration's, unless RetainAllVariantProperties keeps the present ones of variants of the same
    name: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html
    """

    def update_endpoint(self: SageMakerResponse) -> ActionResult:
        backend, name = self.sagemaker_backend, self._get_param("EndpointName")
        before = backend.endpoints.get(name)
        if before is None:
            raise AWSValidationException(f'Could not find endpoint "{name}".')
        after = backend.create_endpoint(name, self._get_param("EndpointConfigName"), before.tags)
        after.creation_time = before.creation_time
        if self._get_param("RetainAllVariantProperties"):
            present = {item["VariantName"]: item for item in before.production_variants}
            after.production_variants = [
                item | present.get(item["VariantName"], {}) for item in after.production_variants
            ]
        kept = before.last_deployment_config if self._get_param("RetainDeploymentConfig") else None
        after.last_deployment_config = self._get_param("DeploymentConfig") or kept
        return ActionResult({"EndpointArn": after.arn})

    SageMakerResponse.update_endpoint = update_endpoint


def keep_policies_of_package_groups() -> None:
    """A model package group has a resource policy; moto lacks its three calls."""

    def put(self: SageMakerResponse) -> ActionResult:
        group = self.sagemaker_backend.model_package_groups[self._get_param("ModelPackageGroupName")]
        group.resource_policy = self._get_param("ResourcePolicy")
        return ActionResult({"ModelPackageGroupArn": group.arn})

    def get(self: SageMakerResponse) -> ActionResult:
        name = self._get_param("ModelPackageGroupName")
        policy = getattr(self.sagemaker_backend.model_package_groups.get(name), "resource_policy", None)
        if policy is None:
            raise AWSValidationException(f"Cannot find resource policy for model package group {name}.")
        return ActionResult({"ResourcePolicy": policy})

    def delete(self: SageMakerResponse) -> ActionResult:
        self.sagemaker_backend.model_package_groups[self._get_param("ModelPackageGroupName")].resource_policy = None
        return ActionResult({})

    SageMakerResponse.put_model_package_group_policy = put
    SageMakerResponse.get_model_package_group_policy = get
    SageMakerResponse.delete_model_package_group_policy = delete


def delete_package_groups() -> None:
    """SageMaker deletes model packages, and groups that hold none; moto lacks both calls."""

    def delete_model_package(self: SageMakerResponse) -> ActionResult:
        backend, arn = self.sagemaker_backend, self._get_param("ModelPackageName")
        if backend.model_packages.pop(arn, None) is None:
            raise AWSValidationException(f"ModelPackage {arn} does not exist.")
        return ActionResult({})

    def delete_model_package_group(self: SageMakerResponse) -> ActionResult:
        backend, name = self.sagemaker_backend, self._get_param("ModelPackageGroupName")
        if any(package.model_package_group_name == name for package in backend.model_packages.values()):
            raise AWSValidationException(f"Model Package Group {name} cannot be deleted: it holds model packages.")
        del backend.model_package_groups[name]
        return ActionResult({})

    SageMakerResponse.delete_model_package = delete_model_package
    SageMakerResponse.delete_model_package_group = delete_model_package_group


def keep_tags_of_scaled_endpoints() -> None:
    """A scalable target has tags; moto has neither them nor the call that Terraform asks for them with."""
    kept: dict[str, dict[str, str]] = {}
    original = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self: ApplicationAutoScalingResponse) -> str:
        answer = original(self)
        kept.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
        return json.dumps({"Tags": kept.get(self._get_param("ResourceARN"), {})})

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
