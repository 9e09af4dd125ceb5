#!/usr/bin/env bash
# Pushes the image and says its digest: what is deployed is named by nothing else.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/push.sh --image NAME:TAG --to REGISTRY/NAME --version VERSION

Sets the output `reference`, REGISTRY/NAME@sha256:….

Example:
  steps/push.sh --image claims-model:42 --to example.azurecr.io/claims/claims-model --version 1.0.0-7ee40b54
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

image='' to='' version=''
parse "$@" -- image to version
needs image to version
docker=${DOCKER:-docker}
"$docker" tag "$image" "$to:$version"
pushed=$("$docker" push "$to:$version")
digest=$(grep -o 'digest: sha256:[0-9a-f]*' <<<"$pushed" | tail -n 1 | cut -d ' ' -f 2)
check_reference "$to@$digest"
echo "$to:$version is $digest"
set_output reference "$to@$digest"
