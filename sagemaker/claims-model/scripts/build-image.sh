#!/usr/bin/env bash
# Builds the image of the claims model from exactly the files that it needs.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/build-image.sh --tag NAME:TAG [OPTION…]
       scripts/build-image.sh --stage DIR [OPTION…]

Lays out the build context and builds the image with docker or podman.

Options:
  --tag NAME:TAG   the image's name
  --stage DIR      only lay out the context in DIR, which must not exist
  --python VERSION 3.7, 3.11 or 3.12; 3.7 where none is given
  --base IMAGE     another base image with that Python, on Debian or a kin of it
  --model DIR      the model that train.sh wrote; without it, one is trained
  --wheels DIR     install from the wheels in DIR, without network
  --ca FILE        certificates that the build trusts while it fetches packages,
                   for a network whose proxy looks into TLS; $SSL_CERT_FILE, or
                   the system's where none is given. They stay out of the image.
  --network NAME   the build's network, for an engine whose default leads nowhere
  --sbom FILE      write a CycloneDX list of the image's contents; needs trivy

Examples:
  scripts/build-image.sh --tag claims-model:local
  scripts/build-image.sh --tag claims-model:3.12 --python 3.12 --model build/model
  scripts/build-image.sh --tag claims-model:local --base python-base:3.7 --sbom claims-model.cdx.json
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/.." && pwd)

tag='' stage='' python=3.7 base='' model='' wheels='' ca='' network='' sbom=''
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
    *) misuse "unknown argument $1" ;;
  esac
  shift
done

# The tags are floating; the digests are what they named when they were looked up.
case "$python" in
  3.7) default=$(sed -n 's/^ARG BASE_IMAGE=//p' "$here/Containerfile") ;;
  3.11) default=docker.io/library/python:3.11-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84 ;;
  3.12) default=docker.io/library/python:3.12-slim-bookworm@sha256:782412e85d0f0984994c290652577d4018aff08145c85b262bb63dc0c7522254 ;;
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
for file in model.onnx model.json; do
  [[ -r "$model/$file" ]] || fail "--model $model: $file is not there; scripts/train.sh --out '$model' makes it"
done
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$model/model.json")

context=${stage:-$scratch/context}
[[ ! -e "$context" ]] || fail "--stage $context: is there already"
mkdir -p "$context"/{model,wheels,claims_model/serving}
cp "$here/Containerfile" "$here/image/root.py" "$context/"
cp "$here/requirements/serve.txt" "$context/requirements.txt"
cp "$here"/claims_model/{__init__,schema}.py "$context/claims_model/"
cp "$here"/claims_model/serving/*.py "$context/claims_model/serving/"
cp "$model"/model.{onnx,json} "$context/model/"
[[ -z "$wheels" ]] || cp "$wheels"/*.whl "$context/wheels/"
if [[ -n "$stage" ]]; then
  echo "$stage: the context for $version"
  exit 0
fi

[[ -n "$ca" ]] || ca=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
[[ -r "$ca" ]] || ca=/dev/null
options=(--secret "id=ca,src=$ca")
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
