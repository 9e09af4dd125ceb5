#!/usr/bin/env bash
# Locks the Python tools of the harness and of the model platform, with hashes, from the .in files beside the locks.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/lock-pins.sh [--help]

Writes Sources/Harness/Tooling/Pins/*.txt and the model platform's requirements.txt
from the *.in files beside them.
Run it after an edit of one of those; it needs uv (pip install uv).

Example:
  scripts/lock-pins.sh && git diff --stat -- '*.txt'
TEXT
}

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
  '') ;;
  *)
    usage >&2
    exit 2
    ;;
esac

if ! command -v uv >/dev/null; then
  echo "lock-pins: uv is not on the PATH; pip install uv" >&2
  exit 2
fi

cd "$(dirname "$0")/.."
# In this order: the story's lock is constrained by the pipeline's.
for input in Sources/Harness/Tooling/Pins/*.in k8s/mlops-platform-demo/{pipeline,story,ci}/requirements.in; do
  # Of the emulator's wheel only one file is used.
  dependencies=()
  [[ "$input" == */emulator.in ]] && dependencies=(--no-deps)
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    "${dependencies[@]}" "$input" --output-file "${input%.in}.txt"
  echo "locked ${input%.in}.txt"
done
