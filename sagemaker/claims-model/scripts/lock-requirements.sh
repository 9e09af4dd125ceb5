#!/usr/bin/env bash
# Locks the packages of the images and the training, with hashes.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/lock-requirements.sh [--help]

Writes requirements/serve.txt (v2, Python 3.7 and newer), serve-v1.txt (v1, Python
3.7) and train.txt (3.11 and newer) from the *.in files beside them. Run it after an
edit of one of those, and for newer versions; it needs uv (pip install uv).

Example:
  scripts/lock-requirements.sh && git diff --stat requirements
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
  echo "lock-requirements: uv is not on the PATH; pip install uv" >&2
  exit 2
fi

cd "$(dirname "$0")/../requirements"
lock() {
  uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate "$@"
  echo "locked ${!#}"
}
lock --universal --python-version 3.7 --overrides unused-serve.txt serve.in --output-file serve.txt
lock --python-version 3.7.16 --python-platform x86_64-manylinux2014 --overrides unused.txt serve-v1.in --output-file serve-v1.txt
lock --universal --python-version 3.11 --overrides unused.txt train.in --output-file train.txt
