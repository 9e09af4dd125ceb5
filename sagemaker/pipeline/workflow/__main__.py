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

from workflow import registry, transform
from workflow.definition import Images, definition
from workflow.deployment import Deployment, Plan, RolledBack
from workflow.settings import Problem, Settings

EXAMPLES = """
examples:
  terraform -chdir=terraform/stacks/model-hosting output -json >outputs.json
  python -m workflow --outputs outputs.json publish --version 1.0.0-7ee40b54
  python -m workflow --outputs outputs.json packages
  python -m workflow --outputs outputs.json approve ARN --by 'A. Person' --because 'deviance 5% lower'
  python -m workflow --outputs outputs.json deploy ARN
  python -m workflow --outputs outputs.json roll-back
  python -m workflow --outputs outputs.json transform s3://BUCKET/batch/2026-11/
"""


def publish(sagemaker: object, settings: Settings, version: str) -> None:
    """Make the pipeline, or give it the definition that this code describes."""
    images = Images(f"{settings.repository_url}:{version}", f"{settings.repository_url}:jobs-{version}")
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
    parser.add_argument("--outputs", type=Path, required=True, help="what terraform output -json printed")
    commands = parser.add_subparsers(dest="command", required=True)
    publishing = commands.add_parser("publish", help="make or change the pipeline")
    publishing.add_argument("--version", required=True, help="tag of the images, as push.sh gave it")
    commands.add_parser("packages", help="list the model packages, newest first")
    for verb in ("approve", "reject"):
        judging = commands.add_parser(verb, help=f"{verb} a model package")
        judging.add_argument("package", help="its ARN")
        judging.add_argument("--by", required=True, help="who says so")
        judging.add_argument("--because", required=True, help="why")
    deploying = commands.add_parser("deploy", help="bring an approved package to the endpoint")
    deploying.add_argument("package", help="its ARN")
    deploying.add_argument("--bake-seconds", type=float, default=Plan.bake_seconds, help="for each share of traffic")
    commands.add_parser("roll-back", help="have the model before serve again")
    scoring = commands.add_parser("transform", help="score many claims at once, and print where the results are")
    scoring.add_argument("claims", help="s3://… below batch/ of the artifacts' bucket, as JSON Lines")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    try:
        settings = Settings.read(given.outputs)
        sagemaker = boto3.client("sagemaker", region_name=settings.region)
        cloudwatch = boto3.client("cloudwatch", region_name=settings.region)
        s3 = boto3.client("s3", region_name=settings.region)
        match given.command:
            case "publish":
                publish(sagemaker, settings, given.version)
            case "packages":
                for item in registry.packages(sagemaker, settings):
                    print(item["ModelPackageArn"], item["ModelApprovalStatus"])
            case "approve" | "reject":
                registry.judge(sagemaker, given.package, given.command == "approve", given.by, given.because)
            case "deploy":
                Deployment(sagemaker, cloudwatch, s3, settings, Plan(bake_seconds=given.bake_seconds)).run(
                    given.package
                )
            case "roll-back":
                Deployment(sagemaker, cloudwatch, s3, settings).roll_back()
            case "transform":
                name = f"{settings.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
                results = transform.start(sagemaker, settings, given.claims, name)
                transform.finish(sagemaker, name)
                print(results)
    except (Problem, RolledBack, ClientError, BotoCoreError) as error:
        print(f"workflow: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
