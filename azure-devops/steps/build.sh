#!/usr/bin/env bash
# Builds the image from the model and exactly the files that serving needs.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/build.sh --image NAME:TAG --model DIR --python VERSION [--base IMAGE] [--network NAME]

Options:
  --image    the image's name on this machine
  --model    the folder that get-model.sh filled
  --python   3.7 or 3.12
  --base     another base image, where the public one cannot be pulled
  --network  the build's network

Example:
  steps/build.sh --image claims-model:42 --model model --python 3.7
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

image='' model='' python='' base='' network=''
parse "$@" -- image model python base network
needs image model python
# Azure leaves an empty variable as an empty argument.
"$repository/sagemaker/claims-model/scripts/build-image.sh" --tag "$image" --model "$model" --python "$python" \
  ${base:+--base "$base"} ${network:+--network "$network"}
