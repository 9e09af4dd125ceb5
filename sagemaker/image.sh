#!/usr/bin/env bash
# Builds one of the two images that SageMaker runs.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: sagemaker/image.sh jobs|serve --tag NAME:TAG [OPTION…]

jobs   builds the image that trains, judges and monitors, from pipeline/
serve  takes the image of claims-model/scripts/build-image.sh and lets it run as
       root, as SageMaker expects: its volumes belong to root

Options:
  --tag NAME:TAG   the image's name
  --from NAME:TAG  serve: the claims model's image; jobs: the base image,
                   default: python by digest
  --network NAME   the build's network

The image is for linux/amd64, without provenance, in Docker's media types:
SageMaker refuses an image index and OCI's manifests.

Examples:
  sagemaker/image.sh jobs --tag claims-jobs:local
  sagemaker/image.sh serve --tag claims-serve:local --from claims:local
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/claims-model/scripts/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

kind='' tag='' from='' network=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --tag | --from | --network)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    jobs | serve) kind=$1 ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
[[ -n "$kind" ]] || misuse 'name the image: jobs or serve'
[[ -n "$tag" ]] || misuse '--tag is needed'
[[ "$kind" == jobs || -n "$from" ]] || misuse 'serve needs --from'

engine=$(find_engine)
mapfile -t options < <(sagemaker_options "$engine")
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
if [[ "$kind" == serve ]]; then
  # SageMaker expects root, and other users have permission issues:
  # https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
  printf 'FROM %s\nUSER 0\n' "$from" >"$context/Containerfile"
else
  cp "$here"/pipeline/{Containerfile,requirements.txt} "$context/"
  cp -r "$here/claims-model/claims_model" "$here"/pipeline/{monitor,steps} "$context/"
  find "$context" -name __pycache__ -prune -exec rm -rf {} +
  sum=$(cd "$context" && find . -type f -exec sha256sum {} + | LC_ALL=C sort | sha256sum)
  options+=(--build-arg "VERSION=1.0.0-${sum:0:8}")
  [[ -z "$from" ]] || options+=(--build-arg "BASE_IMAGE=$from")
  ca=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  [[ -r "$ca" ]] || ca=/dev/null
  options+=(--secret "id=ca,src=$ca")
  for name in HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -z "${!name:-}" ]] || options+=(--build-arg "$name")
  done
fi
[[ -z "$network" ]] || options+=(--network "$network")
DOCKER_BUILDKIT=1 "$engine" build "${options[@]}" --file "$context/Containerfile" --tag "$tag" "$context"
