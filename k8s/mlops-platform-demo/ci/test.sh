#!/usr/bin/env bash
# Lints and tests the pipeline's Python.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/test.sh [PYTEST ARGUMENT…]

Runs ruff, compares pipeline.yaml with pipeline.py, and runs the tests with the
locked packages. These are installed on the first run, into .venv/ or the folder
that CI_ENVIRONMENT names.

Examples:
  ci/test.sh
  ci/test.sh tests/test_gate.py -k fairness
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/ci/lib.sh
source "$(dirname "$0")/lib.sh"

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
esac

python=$(python)
cd "$platform"
"$python" -m ruff check --quiet .
"$python" -m ruff format --quiet --check .
"$python" pipeline/pipeline.py compile --check
exec "$python" -m pytest -q -p no:cacheprovider "$@"
