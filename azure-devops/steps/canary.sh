#!/usr/bin/env bash
# Starts one pod of the new image beside those that run.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/canary.sh --overlay NAME --reference REGISTRY/NAME@sha256:… --place cluster|engine:PORT

The pod stands behind the application's Service, so it answers about one request
of as many as there are pods; judge.py looks at what it answers. deploy.sh with
the same image promotes it, rollback.sh removes it. Where nothing runs yet there is
nothing to compare with, and the image is deployed.

Example:
  steps/canary.sh --overlay production --reference "$REFERENCE" --place cluster
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

overlay='' reference='' place=''
parse "$@" -- overlay reference place
needs overlay reference place
check_overlay "$overlay"
check_place "$place"
check_reference "$reference"
current=$(current_image "$place")
if [[ -z "$current" ]]; then
  echo 'nothing runs yet: the image is deployed without a canary'
  render "$overlay" "$reference" | apply "$place"
  exit 0
fi
render "$overlay" "$current" | with_canary "$reference" | apply "$place"
echo "one pod of $reference beside $current"
