#!/usr/bin/env bash
# Compares v2 with the supplied models, and MODEL_CARD.md with the result.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/compare.sh [--write]

Trains and judges all models on the supplied claims, split by time, and shows how
the model card differs from MODEL_CARD.md; exits with 1 if it does. Takes about two
minutes. Last digits may differ on another processor.

Options:
  --write   write MODEL_CARD.md

The claims come from scripts/supplied.sh; it exits with 3 if they cannot be fetched.
CLAIMS_TRAIN_PYTHON names an interpreter with the packages of requirements/train.txt.

Example:
  scripts/compare.sh --write && git diff MODEL_CARD.md
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/lib.sh"

write=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --write) write=yes ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
cd "$(dirname "$0")/.."

supplied=$(supplied_folder)
python=${CLAIMS_TRAIN_PYTHON:-}
if [[ -z "$python" ]]; then
  make_training_environment .venv
  python=.venv/bin/python
fi
card=$(mktemp)
trap 'rm -f "$card"' EXIT
PYTHONPATH=../pipeline "$python" -m claims_model.training.compare --supplied "$supplied" --out "$card"
if [[ -n "$write" ]]; then
  cp "$card" MODEL_CARD.md
  chmod 644 MODEL_CARD.md
  echo 'MODEL_CARD.md: written'
else
  diff -u MODEL_CARD.md "$card" && echo 'MODEL_CARD.md: same'
fi
