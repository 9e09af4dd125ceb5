#!/usr/bin/env bash
# Trains the v2 model with the locked environment.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/train.sh --out DIR [--generated N] [--seed N]

Trains the v2 model on the supplied claims, judges it on the latest quarter of
them, and writes model.onnx and model.json to DIR. A model that is not better than
the mean by injury is refused: nothing is written, and the script exits with 1.

Options:
  --out DIR       the folder; made where it is missing
  --generated N   train on N generated claims, for a machine that cannot fetch the
                  supplied ones; model.json says so
  --seed N        random seed

The claims come from scripts/supplied.sh; it exits with 3 if they cannot be fetched.
The environment is made from requirements/train.txt in .venv/ on the first run,
with Python 3.11 to 3.13, and uv where it is on the PATH. CLAIMS_TRAIN_PYTHON names
the interpreter of another environment that holds the same.

Examples:
  scripts/train.sh --out build/model
  scripts/train.sh --out build/model --generated 8000
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/lib.sh"

out='' source=() arguments=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --out | --generated | --seed)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      case "$1" in
        --out) out=$2 ;;
        --generated) source=("$1" "$2") ;;
        *) arguments+=("$1" "$2") ;;
      esac
      shift
      ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
[[ -n "$out" ]] || misuse '--out is needed'
[[ "$out" == /* ]] || out=$PWD/$out
cd "$(dirname "$0")/.."

if [[ ${#source[@]} -eq 0 ]]; then
  supplied=$(supplied_folder)
  source=(--data "$supplied/claims.csv")
fi
python=${CLAIMS_TRAIN_PYTHON:-}
if [[ -z "$python" ]]; then
  make_training_environment .venv
  python=.venv/bin/python
fi
"$python" -m claims_model.training --out "$out" "${source[@]}" "${arguments[@]}"
