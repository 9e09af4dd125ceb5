#!/usr/bin/env bash
# Goes back to what ran: ends a canary, or deploys the image before.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/rollback.sh --overlay NAME --place cluster|engine:PORT [--to REGISTRY/NAME@sha256:…]

Without --to, or with `none`, what runs stays and only the canary ends.

Examples:
  steps/rollback.sh --overlay production --place cluster
  steps/rollback.sh --overlay production --place cluster --to "$PREVIOUS"
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

overlay='' place='' to=''
parse "$@" -- overlay place to
needs overlay place
check_place "$place"
[[ -n "$to" && "$to" != none ]] || to=$(current_image "$place")
[[ -n "$to" ]] || fail 'nothing runs, so there is nothing to go back to'
"$(dirname "$0")/deploy.sh" --overlay "$overlay" --reference "$to" --place "$place"
