#!/usr/bin/env bash
# Judges a trained candidate by sessions that its training never saw.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/validate.sh FOLDER

FOLDER is what ci/train.sh left. The model must read what callers send, answer, and
pass the gate on sessions of another seed than it learned from. Otherwise: 1, and
every reason.

Example:
  ci/validate.sh build/candidate
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
[[ $# -eq 1 ]] || misuse 'which candidate? one FOLDER'
for file in model.onnx lineage.json; do
  [[ -f "$1/$file" ]] || fail "there is no $file in '$1'; ci/train.sh makes it"
done

python=$(python)
PYTHONPATH=$platform/pipeline "$python" "$platform/ci/validate.py" "$1"
