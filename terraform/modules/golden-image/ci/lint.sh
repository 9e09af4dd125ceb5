#!/usr/bin/env bash
# Lints the roles of the images.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/lint.sh [--help]

Runs ansible-lint's production profile over the folder ansible, with the versions that
the harness checks with. Needs uv and Python 3.11 or later.

Example:
  ci/lint.sh
TEXT
}

# shellcheck source=terraform/modules/golden-image/ci/lib.sh
source "$(dirname "$0")/lib.sh"

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
  '') ;;
  *) misuse "unknown argument '$1'" ;;
esac

need uv 'pip install uv'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
uv venv --quiet --python 3.11 "$scratch/venv"
uv pip install --quiet --python "$scratch/venv" --constraint "$pins" ansible-core ansible-lint
cd "$module/ansible"
PATH="$scratch/venv/bin:$PATH" ANSIBLE_HOME="$scratch/home" LC_ALL=C.UTF-8 \
  ansible-lint --offline --profile production --strict --project-dir . -q
echo 'lint: no finding'
