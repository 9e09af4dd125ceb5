"""The model registry: which version serves, which is tried, and how one becomes the other.

python -m therapy.registry --model relief promote 2     the canary passed: version 2 is champion
python -m therapy.registry --model relief reject 2      the canary was rolled back: version 2 is tried no more
python -m therapy.registry --model relief status

MLflow lets anybody with access set any alias. These functions are the rules, and all changes go through them:

    registered, gate passed -> challenger -> canary passed -> champion; the former champion becomes `previous`
    a challenger whose canary failed is marked and can never be tried again
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
LINEAGE = ("data_sha256", "code_commit", "parameters", "gate")
# The tag of a version that says what an InferenceService of it loads.
STORAGE_URI = "storage_uri"


class RuleBroken(ValueError):
    """The registry refuses a change; the message says which rule it would break."""


@dataclass(frozen=True)
class Registry:
    """One registered model of the server at `uri`."""

    name: str
    uri: str

    @property
    def client(self) -> MlflowClient:
        """A client of this server, whatever the environment names."""
        return MlflowClient(self.uri, self.uri)

    def version(self, alias: str) -> ModelVersion | None:
        """The version that has the alias, or none."""
        try:
            return self.client.get_model_version_by_alias(self.name, alias)
        except MlflowException as error:
            # An alias that nobody has is an invalid parameter to MLflow, a model that nobody registered is missing.
            if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST) or "alias" in str(error).lower():
                return None
            raise

    def download(self, version: ModelVersion, folder: Path) -> Path:
        """Fetches the version's ONNX file and returns where it is."""
        mlflow.set_tracking_uri(self.uri)
        local = mlflow.artifacts.download_artifacts(f"models:/{self.name}/{version.version}", dst_path=str(folder))
        return Path(local) / "model.onnx"

    def register(
        self,
        model_uri: str,
        run_id: str,
        lineage: Mapping[str, str],
        publish: Callable[[str], str] | None = None,
    ) -> ModelVersion:
        """Makes a version with its lineage and the alias challenger; the first of all becomes champion.

        `publish` gets the version's number, puts its file where it is served from, and returns the storage URI. The
        alias comes last: nobody is told to serve a version whose file is not there. The same run is registered once: a
        repeated call returns the version that is there.
        """
        missing = [key for key in LINEAGE if not lineage.get(key)]
        if missing:
            raise RuleBroken(f"a version without {', '.join(missing)} is not registered")
        if lineage["gate"] != "passed":
            raise RuleBroken(f"a version whose gate says '{lineage['gate']}' is not registered")
        if not self.client.search_registered_models(f"name = '{self.name}'"):
            self.client.create_registered_model(self.name)
        found = [each for each in self.client.search_model_versions(f"name = '{self.name}'") if each.run_id == run_id]
        version = (
            found[0]
            if found
            else self.client.create_model_version(
                self.name, model_uri, run_id, tags=dict(lineage), model_id=model_uri.removeprefix("models:/")
            )
        )
        if publish:
            self.client.set_model_version_tag(self.name, version.version, STORAGE_URI, publish(str(version.version)))
        if self.version(CHAMPION) is None:
            self._alias(CHAMPION, version)
        elif "canary" not in version.tags and version.version != self.version(CHAMPION).version:
            self._alias(CHALLENGER, version)
        return self.client.get_model_version(self.name, version.version)

    def challenge(self, number: str) -> None:
        """Makes a registered version the challenger."""
        version = self.client.get_model_version(self.name, number)
        if version.tags.get("gate") != "passed":
            raise RuleBroken(f"version {number} did not pass the gate and cannot be challenger")
        if version.tags.get("canary") == "failed":
            raise RuleBroken(f"version {number} failed as a canary and cannot be challenger again")
        if CHAMPION in version.aliases:
            raise RuleBroken(f"version {number} is the champion and cannot challenge itself")
        self._alias(CHALLENGER, version)

    def record_canary(self, number: str, passed: bool) -> None:
        """Writes down how the challenger did as a canary; one that failed is challenger no more."""
        self._challenger(number)
        self.client.set_model_version_tag(self.name, number, "canary", "passed" if passed else "failed")
        if not passed:
            self.client.delete_registered_model_alias(self.name, CHALLENGER)

    def promote(self, number: str) -> None:
        """The challenger becomes champion, the champion `previous`."""
        version = self._challenger(number)
        if version.tags.get("canary") != "passed":
            raise RuleBroken(f"version {number} has not passed as a canary and cannot be champion")
        champion = self.version(CHAMPION)
        if champion is not None:
            self._alias(PREVIOUS, champion)
        self._alias(CHAMPION, version)
        self.client.delete_registered_model_alias(self.name, CHALLENGER)

    def roll_back(self) -> str:
        """The previous champion serves again, and the one that did is marked; returns the version that serves."""
        champion, previous = self.version(CHAMPION), self.version(PREVIOUS)
        if champion is None or previous is None:
            raise RuleBroken("there is no previous champion to roll back to")
        self.client.set_model_version_tag(self.name, champion.version, "canary", "failed")
        self._alias(CHAMPION, previous)
        self.client.delete_registered_model_alias(self.name, PREVIOUS)
        return str(previous.version)

    def _challenger(self, number: str) -> ModelVersion:
        challenger = self.version(CHALLENGER)
        # The number is text where it comes from a server, and a number where it comes from a database.
        if challenger is None or str(challenger.version) != number:
            holder = f"version {challenger.version}" if challenger else "nobody"
            raise RuleBroken(f"version {number} is not the challenger: {holder} is")
        return challenger

    def _alias(self, alias: str, version: ModelVersion) -> None:
        self.client.set_registered_model_alias(self.name, alias, version.version)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="name of the registered model")
    parser.add_argument(
        "--tracking-uri", default=os.environ.get("MLFLOW_TRACKING_URI"), help="default: the environment's"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for command, text in (("promote", "the challenger's canary passed"), ("reject", "it was rolled back")):
        commands.add_parser(command, help=text).add_argument("version")
    commands.add_parser("status", help="print who has which alias, and the storage URIs")
    given = parser.parse_args()
    if not given.tracking_uri:
        parser.error("--tracking-uri is missing, and MLFLOW_TRACKING_URI is not set")
    registry = Registry(given.model, given.tracking_uri)
    try:
        if given.command == "promote":
            registry.record_canary(given.version, passed=True)
            registry.promote(given.version)
        elif given.command == "reject":
            registry.record_canary(given.version, passed=False)
    except RuleBroken as error:
        print(f"registry: {error}", file=sys.stderr)
        return 1
    for alias in (CHAMPION, CHALLENGER, PREVIOUS):
        version = registry.version(alias)
        if version:
            print(f"{alias}: version {version.version}, {version.tags.get(STORAGE_URI, 'not published')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
