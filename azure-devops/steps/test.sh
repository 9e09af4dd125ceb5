#!/usr/bin/env bash
# Lints the model's code and runs its tests on Python 3.7 and on the training's Python.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/test.sh --results DIR [--only EXPRESSION]

Runs ruff over the model's code, then its tests: training and service on Python
3.11 to 3.13, and the service on Python 3.7, which must be there. Writes DIR/tests.xml.

Options:
  --results DIR      where the results go
  --only EXPRESSION  pytest's -k: a part of the tests

Examples:
  steps/test.sh --results out
  steps/test.sh --results out --only 'schema or contracts'
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

results='' only=''
parse "$@" -- results only
needs results
mkdir -p "$results"
results=$(cd "$results" && pwd)
model=$repository/sagemaker/claims-model

ruff check --no-cache "$model"
ruff format --no-cache --check "$model"
log=$results/tests.log
"$model/scripts/test.sh" --junitxml "$results/tests.xml" ${only:+-k "$only"} 2>&1 | tee "$log"
# The tests leave Python 3.7 out where there is none; a release must not.
! grep -q '^test: there is no Python 3.7' "$log" || fail 'Python 3.7 is what production runs, and it was not tested'
