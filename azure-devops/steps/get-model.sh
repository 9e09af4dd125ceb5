#!/usr/bin/env bash
# Has the model in a folder: trained now, or a released one.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/get-model.sh --model train|RELEASE --repository NAME --out DIR

Trains the model, or takes a release out of its image: the registry is
the one place where models are kept.

Options:
  --model       train, or a release as 2.0.0-268726e9.4711
  --repository  the image's name with its registry
  --out         the folder for model.onnx and model.json; must not exist

Examples:
  steps/get-model.sh --model train --repository example.azurecr.io/claims/claims-model --out model
  steps/get-model.sh --model 2.0.0-268726e9.4711 --repository example.azurecr.io/claims/claims-model --out model
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

model='' repository_name='' out=''
# The option and the folder of this repository have the same name.
parse "${@/#--repository/--repository-name}" -- model repository-name out
needs model repository_name out
[[ "$model" == train || "$model" =~ ^[0-9]+\.[0-9]+\.[0-9]+-[0-9a-f]{8}\.[0-9]+$ ]] \
  || misuse "--model '$model' is neither train nor a release as 2.0.0-268726e9.4711"
[[ ! -e "$out" ]] || fail "$out is there already"

docker=${DOCKER:-docker}
if [[ "$model" == train ]]; then
  "$repository/sagemaker/claims-model/scripts/train.sh" --out "$out"
else
  "$docker" pull --quiet "$repository_name:$model"
  container=$("$docker" create "$repository_name:$model")
  trap '"$docker" rm "$container" >/dev/null' EXIT
  "$docker" cp "$container:/app/model" "$out"
fi

version=$(jq --raw-output .version "$out/model.json")
[[ "$model" == train || "${model%.*}" == "$version" ]] || fail "the image of $model holds the model $version"
echo "$out: the model $version"
