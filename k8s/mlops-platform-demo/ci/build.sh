#!/usr/bin/env bash
# Builds the image of the pipeline and, where asked, pushes it and says its digest.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/build.sh [--base IMAGE] --image NAME:TAG [--push --digest-file FILE]

Options:
  --base IMAGE        base image with Python 3.11, by digest. With --push it must be
                      given: choose one that was scanned. Default: Debian 12's of
                      Python's official images
  --image NAME:TAG    what the result is called
  --push              push it; the engine is logged in already
  --digest-file FILE  where the digest that the registry gave goes

Examples:
  ci/build.sh --image therapy-pipeline:local
  ci/build.sh --base "$BASE_IMAGE" --image "$REGISTRY/mlops/therapy-pipeline:$COMMIT" \
    --push --digest-file digest
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/ci/lib.sh
source "$(dirname "$0")/lib.sh"

base='' image='' push='' digest_file=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --push) push=yes ;;
    --base | --image | --digest-file)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      name=${1#--}
      declare "${name//-/_}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done
# As in sagemaker/claims-model/scripts/build-image.sh; the tag floats, the digest is what it had when it was looked up.
[[ -n "$base$push" ]] || base=docker.io/library/python:3.11-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84
[[ "$base" =~ @sha256:[0-9a-f]{64}$ ]] || misuse "the base '$base' is not named by digest; --base NAME@sha256:…"
[[ "$image" =~ :[A-Za-z0-9_][A-Za-z0-9._-]*$ ]] || misuse "the image '$image' has no tag; --image NAME:TAG"
[[ "${push:+yes}" == "${digest_file:+yes}" ]] || misuse '--push and --digest-file go together'
need docker 'install an engine'
docker info >/dev/null 2>&1 || fail 'no engine answers; see DOCKER_HOST'

docker build --file "$platform/pipeline/Containerfile" --build-arg "BASE_IMAGE=$base" --tag "$image" "$platform/pipeline"
[[ -n "$push" ]] || exit 0
docker push "$image"
# Only a push makes this entry: a registry gave the digest.
pushed=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image" | grep --max-count 1 "^${image%:*}@") \
  || fail "the registry gave no digest for '$image'"
printf '%s\n' "${pushed#*@}" >"$digest_file"
