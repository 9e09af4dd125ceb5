#!/usr/bin/env bash
# Puts into a new stack what the first endpoint and the first retraining need: two images and a model.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: sagemaker/seed.sh --outputs FILE [OPTION…]

Builds both images, trains the first model in the jobs' image, pushes the images,
and registers the model as version 1, with its archive and baseline as the
champion's. Prints the two lines that Terraform needs next:

  image_tag = "2.0.0-7ee40b54"
  jobs_tag  = "jobs-1.0.0-1f0c5a3e"

Options:
  --outputs FILE        terraform output -json of stacks/model-hosting
  --claims DIR          labelled claims as .jsonl; default: the supplied ones
  --serve-image NAME    the claims model's image, instead of building it
  --jobs-image NAME     the jobs' image, instead of building it
  --repository ADDRESS  another repository than the stack's
  --key REFERENCE       sign both images with cosign
  --without-database WHY
                        as in push.sh

Python (with boto3), docker and trivy must be on the PATH, and the AWS CLI where
the repository is ECR. A stack that has a model already is left alone.

Example:
  sagemaker/seed.sh --outputs outputs.json >terraform/stacks/model-hosting/seed.auto.tfvars
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/claims-model/scripts/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

outputs='' claims='' serve_image='' jobs_image='' repository='' push=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --outputs | --claims | --serve-image | --jobs-image | --repository | --key | --without-database)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      name=${1#--}
      case "$name" in
        key | without-database) push+=("$1" "$2") ;;
        *) printf -v "${name//-/_}" %s "$2" ;;
      esac
      shift
      ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
[[ -r "$outputs" ]] || misuse '--outputs must name a file that can be read'

engine=$(find_engine)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PYTHONPATH=$here/pipeline PYTHONDONTWRITEBYTECODE=1
workflow=(python3 -m workflow --outputs "$outputs")
[[ -z "$("${workflow[@]}" packages)" ]] || fail 'the registry has models already; retraining registers the next one'
if [[ -z "$repository" ]]; then
  repository=$(python3 -c 'import sys, workflow.settings as s; print(s.Settings.read(s.Path(sys.argv[1])).repository_url)' "$outputs")
fi

if [[ -z "$jobs_image" ]]; then
  jobs_image='claims-jobs:seed'
  "$here/image.sh" jobs --tag "$jobs_image" >&2
fi
if [[ -z "$serve_image" ]]; then
  serve_image='claims:seed'
  "$here/claims-model/scripts/build-image.sh" --sagemaker --tag "$serve_image" >&2
fi
"$here/image.sh" serve --tag claims-serve:seed --from "$serve_image" >&2

if [[ -z "$claims" ]]; then
  claims=$scratch/claims
  supplied=$(supplied_folder)
  mkdir "$claims"
  python3 "$here/pipeline/convert.py" "$supplied/claims.csv" >"$claims/claims.jsonl"
fi
mkdir "$scratch"/{train,window,challenger,evaluation,baseline}
# As SageMaker runs a job: root, no network, its folders mounted.
job() {
  "$engine" run --rm --network none --volume "$claims:/claims:ro" --volume "$scratch:/opt" "$jobs_image" python3 -m "$@" >&2
}
job steps.process --claims /claims --train /opt/train --window /opt/window --baseline /opt/baseline
job steps.train --train /opt/train --model /opt/challenger
tar --create --gzip --file "$scratch/model.tar.gz" --directory "$scratch/challenger" model.json model.onnx
mv "$scratch/model.tar.gz" "$scratch/challenger/"
job steps.evaluate --window /opt/window --challenger /opt/challenger --evaluation /opt/evaluation
mkdir "$scratch/first"
cp "$scratch/challenger/model.tar.gz" "$scratch/evaluation/evaluation.json" "$scratch/baseline/baseline.json" "$scratch/first/"

serve=$("$here/push.sh" --image claims-serve:seed --repository "$repository" "${push[@]}")
"$here/push.sh" --image "$jobs_image" --repository "$repository" --prefix jobs- "${push[@]}" >/dev/null
version() { "$engine" image inspect --format '{{index .Config.Labels "org.opencontainers.image.version"}}' "$1"; }
"${workflow[@]}" seed "$scratch/first" --image "$serve" >&2
echo "image_tag = \"$(version claims-serve:seed)\""
echo "jobs_tag  = \"jobs-$(version "$jobs_image")\""
