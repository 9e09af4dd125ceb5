#!/usr/bin/env bash
# Says which image the application runs on: what a rollback goes back to.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/current-image.sh --place cluster|engine:PORT

Sets the output `image`; it is `none` where the application does not run.

Example:
  steps/current-image.sh --place cluster
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

place=''
parse "$@" -- place
needs place
check_place "$place"
image=$(current_image "$place")
echo "runs: ${image:-nothing}"
set_output image "${image:-none}"
