#!/usr/bin/env bash
# Pushes the image and says its digest: what is deployed is named by nothing else.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/push.sh --image NAME:TAG [--archive FILE] --to REGISTRY/NAME --release VERSION.BUILD

The tag is the model's version and the run's number. The version alone names the
model and not the code: a release of code would move the tag, and the registry
purges what has no tag, running or not.

Options:
  --archive  the file that save.sh wrote, which holds the image

Sets the output `reference`, REGISTRY/NAME@sha256:….

Example:
  steps/push.sh --image claims-model:42 --to example.azurecr.io/claims/claims-model --release 2.0.0-268726e9.4711
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

image='' archive='' to='' release=''
parse "$@" -- image archive to release
needs image to release
[[ "$release" =~ ^[0-9]+\.[0-9]+\.[0-9]+-[0-9a-f]{8}\.[0-9]+$ ]] || misuse "--release '$release' is not a model's version with a run's number"
docker=${DOCKER:-docker}
[[ -z "$archive" ]] || "$docker" load --quiet --input "$archive"
"$docker" tag "$image" "$to:$release"
pushed=$("$docker" push "$to:$release")
digest=$(grep -o 'digest: sha256:[0-9a-f]*' <<<"$pushed" | tail -n 1 | cut -d ' ' -f 2)
check_reference "$to@$digest"
echo "$to:$release is $digest"
set_output reference "$to@$digest"
