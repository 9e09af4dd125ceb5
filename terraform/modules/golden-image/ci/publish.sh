#!/usr/bin/env bash
# Hands the roles to the image pipeline and starts it.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/publish.sh IMAGE

Replaces the roles in the bucket of the image's pipeline and starts the pipeline. Image
Builder builds, tests and writes the new image's id to the parameter that the rollout
watches. AWS_REGION names the region. Refuses to run for a pull request.

Example:
  AWS_REGION=eu-west-1 ci/publish.sh workstation-image
TEXT
}

# shellcheck source=terraform/modules/golden-image/ci/lib.sh
source "$(dirname "$0")/lib.sh"

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
esac
[[ $# -eq 1 && "$1" =~ ^[a-z][a-z0-9-]{1,30}$ ]] || misuse 'name one image, for example workstation-image'
[[ "${GITHUB_EVENT_NAME:-}" != pull_request* ]] || fail 'a pull request must not publish an image: merge it first'
region=${AWS_REGION:?set it to the region of the pipeline}
need aws 'install the AWS CLI'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The same files as in source.tf.
python3 - "$module/ansible" >"$scratch/ansible.json" <<'PYTHON'
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
kinds = {".yml", ".yaml", ".service", ".timer", ".sh", ".py", ".json", ".rules", ".conf", ".j2"}
files = sorted(file for file in folder.rglob("*") if file.suffix in kinds)
print(json.dumps({str(file.relative_to(folder)): file.read_text() for file in files}))
PYTHON

identity=$(aws sts get-caller-identity --query '[Account, Arn]' --output text)
read -r account arn <<<"$identity"
aws s3api put-object --bucket "$1-source-$account-$region" --key ansible.json --content-type application/json \
  --body "$scratch/ansible.json" >/dev/null
started=$(aws imagebuilder start-image-pipeline-execution --query imageBuildVersionArn --output text \
  --image-pipeline-arn "arn:$(cut -d : -f 2 <<<"$arn"):imagebuilder:$region:$account:image-pipeline/$1")
echo "publish: $started is being built"
