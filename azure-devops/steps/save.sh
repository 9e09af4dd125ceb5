#!/usr/bin/env bash
# Writes an image into a file, for a job on another machine.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/save.sh --image NAME:TAG --out DIR

Writes DIR/image.tar.

Example:
  steps/save.sh --image claims-model:42 --out image
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

image='' out=''
parse "$@" -- image out
needs image out
mkdir -p "$out"
"${DOCKER:-docker}" save --output "$out/image.tar" "$image"
echo "$out/image.tar: $(($(stat --format %s "$out/image.tar") / 1024 / 1024)) MiB"
