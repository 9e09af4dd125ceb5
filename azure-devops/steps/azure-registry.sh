#!/usr/bin/env bash
# Logs docker in at the registry with the identity of the service connection: no password anywhere.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/azure-registry.sh --registry NAME.azurecr.io

Example:
  steps/azure-registry.sh --registry example.azurecr.io
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

registry=''
parse "$@" -- registry
needs registry
az acr login --name "${registry%%.*}"
