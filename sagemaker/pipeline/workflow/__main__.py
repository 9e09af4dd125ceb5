"""The workflow's commands: `python -m workflow --help`."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from workflow import transform
from workflow.definition import Images, definition
from workflow.deployment import Deployment, Plan, RolledBack
from workflow.registry import Registry
from workflow.settings import Problem, Settings

EXAMPLES = """
examples:
  terraform -chdir=terraform/stacks/model-hosting output -json >outputs.json
  python -m workflow --outputs outputs.json publish --image TAG --jobs TAG
  python -m workflow --outputs outputs.json packages
  python -m workflow --outputs outputs.json approve ARN --by 'A. Person' --because 'deviance 5% lower'
  python -m workflow --outputs outputs.json deploy ARN
  python -m workflow --outputs outputs.json roll-back --because 'reserves are too low'
  python -m workflow --outputs outputs.json transform s3://BUCKET/batch/2026-11/
"""


def publish(sagemaker: object, settings: Settings, image: str, jobs: str) -> None:
    """Make the pipeline, or give it the definition that this code describes."""
    images = Images(f"{settings.repository_url}:{image}", f"{settings.repository_url}:{jobs}")
    request = {
        "PipelineName": settings.name,
        "PipelineDefinition": json.dumps(definition(settings, images)),
        "RoleArn": settings.pipeline_role_arn,
    }
    listed = sagemaker.list_pipelines(PipelineNamePrefix=settings.name)["PipelineSummaries"]
    if any(item["PipelineName"] == settings.name for item in listed):
        sagemaker.update_pipeline(**request)
    else:
        sagemaker.create_pipeline(**request, ClientRequestToken=str(uuid.uuid4()))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="workflow", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--outputs", type=Path, required=True, help="the file of terraform output -json")
    commands = parser.add_subparsers(dest="command", required=True)
    seeding = commands.add_parser("seed", help="register the first model; seed.sh calls it")
    seeding.add_argument("folder", type=Path, help="folder with model.tar.gz, evaluation.json and baseline.json")
    seeding.add_argument("--image", required=True, help="address of the image that serves it")
    publishing = commands.add_parser("publish", help="make or change the pipeline")
    publishing.add_argument("--image", required=True, help="tag of the image that serves, as push.sh printed it")
    publishing.add_argument("--jobs", required=True, help="tag of the jobs' image")
    commands.add_parser("packages", help="list the model packages, newest first")
    for verb in ("approve", "reject"):
        deciding = commands.add_parser(verb, help=f"{verb} a model package")
        deciding.add_argument("package", help="its ARN")
        deciding.add_argument("--by", required=True, help="name of the person who decides")
        deciding.add_argument("--because", required=True, help="reason")
    deploying = commands.add_parser("deploy", help="bring an approved package to the endpoint")
    deploying.add_argument("package", help="its ARN")
    deploying.add_argument("--rate", type=float, help="expected requests a second; default: measured over an hour")
    rolling = commands.add_parser("roll-back", help="have the model before serve again, and withdraw this one")
    rolling.add_argument("--because", required=True, help="reason, kept with the package")
    scoring = commands.add_parser("transform", help="score many claims at once, and print where the results are")
    scoring.add_argument("claims", help="s3://… below batch/ of the artifacts' bucket, as JSON Lines")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    try:
        settings = Settings.read(given.outputs)
        services = ("sagemaker", "cloudwatch", "s3")
        sagemaker, cloudwatch, s3 = (boto3.client(name, region_name=settings.region) for name in services)
        registry = Registry(sagemaker, s3, settings)
        match given.command:
            case "seed":
                print(registry.seed(given.image, given.folder, datetime.now(UTC)))
            case "publish":
                publish(sagemaker, settings, given.image, given.jobs)
            case "packages":
                for item in registry.packages():
                    print(item["ModelPackageArn"], item["ModelApprovalStatus"])
            case "approve" | "reject":
                registry.decide(given.package, given.command == "approve", given.by, given.because)
            case "deploy":
                Deployment(sagemaker, cloudwatch, registry, settings, Plan(rate=given.rate)).run(given.package)
            case "roll-back":
                Deployment(sagemaker, cloudwatch, registry, settings).roll_back(given.because)
            case "transform":
                name = f"{settings.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
                results = transform.start(sagemaker, registry, settings, given.claims, name)
                transform.finish(sagemaker, name)
                print(results)
    except (Problem, RolledBack, ClientError, BotoCoreError) as error:
        print(f"workflow: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
