#!/usr/bin/env bash
# Keeps what was released last: what a rollback goes back to.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/current-release.sh --place cluster|engine:PORT --out DIR

Writes DIR/objects.json, the objects of the last release with their images and
settings; an empty list where nothing was released.

Example:
  steps/current-release.sh --place cluster --out previous
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

place='' out=''
parse "$@" -- place out
needs place out
check_place "$place"
mkdir -p "$out"
released "$place" >"$out/objects.json"
jq --raw-output '"released: \(length) objects, \([.[] | select(.kind == "Deployment") | .spec.template.spec.containers[0].image] | join(" "))"' \
  "$out/objects.json"
