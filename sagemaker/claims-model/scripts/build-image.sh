#!/usr/bin/env bash
# Builds the image of the claims model from exactly the files that it needs.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/build-image.sh --tag NAME:TAG [OPTION…]

Builds the image of v1 or v2 with docker or podman. The model's folder decides:
the supplied models are v1, model.onnx is v2. Trains v2 if no model is given.

Options:
  --tag NAME:TAG    the image's name
  --stage DIR       lay out the build context in DIR, and build nothing
  --python VERSION  3.7 (v1's only version), 3.11, or 3.12 (v2's default)
  --base IMAGE      the base image; default: the python image of that version, by digest
  --model DIR       the model: the output of train.sh, or the folder model of supplied.sh
  --wheels DIR      install from these wheels, without network
  --ca FILE         certificates that pip trusts in the build
  --network NAME    the build's network
  --sagemaker       build what SageMaker takes: linux/amd64, Docker's media types
  --sbom FILE       write a CycloneDX list of the image's contents; needs trivy

Examples:
  scripts/build-image.sh --tag claims:local
  scripts/build-image.sh --tag claims-v1:local --model build/supplied/model
  scripts/build-image.sh --tag claims:local --base python-base:3.11 --python 3.11
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/.." && pwd)

tag='' stage='' python='' base='' model='' wheels='' ca='' network='' sbom='' sagemaker=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --tag | --stage | --python | --base | --model | --wheels | --ca | --network | --sbom)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --sagemaker) sagemaker=yes ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done

# v1 needs catboost 0.26.1, which has wheels up to Python 3.9 and was supplied for 3.7.
files=(model.onnx model.json) lock=serve.txt scorer=scorer
if [[ -n "$model" && -e "$model/model_meta_data.json" ]]; then
  files=(fnol_attritional_model.cbm fnol_large_model.cbm large_severity.json model_meta_data.json)
  lock=serve-v1.txt scorer=supplied python=${python:-3.7}
  [[ "$python" == 3.7 ]] || misuse "--python $python: the supplied models run on 3.7 only"
fi
python=${python:-3.12}
# The tags float; the digests are those that the tags had when they were looked up.
case "$python" in
  3.7) default=docker.io/library/python:3.7-slim@sha256:b53f496ca43e5af6994f8e316cf03af31050bf7944e0e4a308ad86c001cf028b ;;
  3.11) default=docker.io/library/python:3.11-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84 ;;
  3.12) default=$(sed -n 's/^ARG BASE_IMAGE=//p' "$here/Containerfile") ;;
  *) misuse "--python $python: it is 3.7, 3.11 or 3.12" ;;
esac
[[ -n "$tag" || -n "$stage" ]] || misuse '--tag is needed'
[[ -z "$wheels" ]] || compgen -G "$wheels/*.whl" >/dev/null || fail "--wheels $wheels: no wheels are there"
[[ -z "$ca" || -r "$ca" ]] || fail "--ca $ca: no such file"
[[ -z "$sbom" ]] || command -v trivy >/dev/null || fail '--sbom needs trivy on the PATH'
[[ -z "$tag" ]] || engine=$(find_engine)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [[ -z "$model" ]]; then
  model=$scratch/model
  "$here/scripts/train.sh" --out "$model"
fi
for file in "${files[@]}"; do
  [[ -r "$model/$file" ]] || fail "--model $model: $file is not there; scripts/train.sh or scripts/supplied.sh makes it"
done
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$model/${files[-1]}")

context=${stage:-$scratch/context}
[[ ! -e "$context" ]] || fail "--stage $context: is there already"
mkdir -p "$context"/{model,wheels,claims_model/serving}
cp "$here/Containerfile" "$here/image/root.py" "$context/"
cp "$here/requirements/$lock" "$context/requirements.txt"
cp "$here"/claims_model/{__init__,schema}.py "$context/claims_model/"
cp "$here"/claims_model/serving/{__init__,__main__,application,log,metrics,problems,records,settings,"$scorer"}.py \
  "$context/claims_model/serving/"
for file in "${files[@]}"; do cp "$model/$file" "$context/model/"; done
[[ -z "$wheels" ]] || cp "$wheels"/*.whl "$context/wheels/"
if [[ -n "$stage" ]]; then
  echo "$stage: the context for $version"
  exit 0
fi

[[ -n "$ca" ]] || ca=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
[[ -r "$ca" ]] || ca=/dev/null
options=(--secret "id=ca,src=$ca")
if [[ -n "$sagemaker" ]]; then
  mapfile -t -O 2 options < <(sagemaker_options "$engine")
fi
[[ -z "$wheels" ]] || network=none
[[ -z "$network" ]] || options+=(--network "$network")
for name in HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  [[ -z "${!name:-}" ]] || options+=(--build-arg "$name")
done
DOCKER_BUILDKIT=1 "$engine" build "${options[@]}" --file "$context/Containerfile" --tag "$tag" \
  --build-arg "BASE_IMAGE=${base:-$default}" --build-arg "PYTHON_VERSION=$python" --build-arg "VERSION=$version" \
  --build-arg "REVISION=$(git -C "$here" rev-parse HEAD 2>/dev/null || echo unknown)" "$context"
if [[ -n "$sbom" ]]; then
  "$engine" save --output "$scratch/image.tar" "$tag"
  trivy image --quiet --offline-scan --skip-version-check --format cyclonedx --output "$sbom" --input "$scratch/image.tar"
fi
echo "$tag: model $version, Python $python"
