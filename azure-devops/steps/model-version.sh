#!/usr/bin/env bash
# Says which version a model has, and whether its file is the one that it describes.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/model-version.sh --model DIR

Sets the output `version`.

Example:
  steps/model-version.sh --model model
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

model=''
parse "$@" -- model
needs model
wanted=$(jq --raw-output .onnx.sha256 "$model/model.json")
sha256sum --check --status <<<"$wanted  $model/model.onnx" \
  || fail "$model/model.onnx is not the model that model.json describes"
set_output version "$(jq --raw-output .version "$model/model.json")"
