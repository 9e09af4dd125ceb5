#!/usr/bin/env bash
# Runs the tests with the locked environments.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/test.sh [--image NAME:TAG] [--v1-image NAME:TAG] [PYTEST ARGUMENT…]

Trains the model, runs the services and tests both: on the training's Python, and
on Python 3.7 where there is one, v1 with the supplied version of catboost. With
--image and --v1-image, containers of the images are tested too, with the security
settings of the manifests. Tests that need the supplied files are skipped where
scripts/supplied.sh cannot fetch them.

The environments are made from the locks in requirements/ on the first run, in
.venv/, .venv-3.7/ and .venv-v1/, or in the folder that CLAIMS_ENVIRONMENTS names.
CLAIMS_PYTHON37 names the interpreter where it is not found on the PATH or in pyenv.

Examples:
  scripts/test.sh
  scripts/test.sh --image claims:local --v1-image claims-v1:local -k service
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/lib.sh"

arguments=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --image)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      arguments+=(--image "$2")
      shift
      ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
cd "$(dirname "$0")/.."

environments=${CLAIMS_ENVIRONMENTS:-$PWD}
make_training_environment "$environments/.venv"

if old=${CLAIMS_PYTHON37:-$(find_python 3.7)}; then
  make_environment "$environments/.venv-3.7" serve.txt "$old"
  make_environment "$environments/.venv-v1" serve-v1.txt "$old"
  arguments+=(--service-python "$environments/.venv-3.7/bin/python" --v1-python "$environments/.venv-v1/bin/python")
else
  echo 'test: there is no Python 3.7, so the service is not tested on it; pyenv install 3.7' >&2
fi
exec "$environments/.venv/bin/python" -m pytest -q -p no:cacheprovider tests "${arguments[@]}"
