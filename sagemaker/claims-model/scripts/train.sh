#!/usr/bin/env bash
# Trains the model with the locked environment.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/train.sh --out DIR [--claims N] [--seed N]

Generates claims, trains, judges and exports the model, and writes model.onnx,
model.json and MODEL_CARD.md to DIR. A model that is not good enough is refused:
nothing is written, and the script ends with 1.

Options:
  --out DIR   the folder; made where it is missing
  --claims N  how many claims, 80000 where none is given
  --seed N    seed of the claims and the model

The environment is made from requirements/train.txt in .venv/ on the first run,
with Python 3.11 to 3.13, and uv where it is on the PATH. CLAIMS_TRAIN_PYTHON names
the interpreter of another environment that holds the same.

Examples:
  scripts/train.sh --out build/model
  CLAIMS_TRAIN_PYTHON=/opt/ml/bin/python scripts/train.sh --out build/model
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/lib.sh"

out='' arguments=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --out | --claims | --seed)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      if [[ "$1" == --out ]]; then out=$2; else arguments+=("$1" "$2"); fi
      shift
      ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
[[ -n "$out" ]] || misuse '--out is needed'
[[ "$out" == /* ]] || out=$PWD/$out
cd "$(dirname "$0")/.."

python=${CLAIMS_TRAIN_PYTHON:-}
if [[ -z "$python" ]]; then
  make_training_environment .venv
  python=.venv/bin/python
fi
exec "$python" -m claims_model.training --out "$out" "${arguments[@]}"
