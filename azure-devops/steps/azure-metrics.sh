#!/usr/bin/env bash
# Reads the metrics of every pod of the claims service, a file each.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/azure-metrics.sh --out DIR

Example:
  steps/azure-metrics.sh --out metrics
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

out=''
parse "$@" -- out
needs out
mkdir -p "$out"
pods=$(kubectl get pods --namespace claims --selector app.kubernetes.io/name=claims --output name)
[[ -n "$pods" ]] || fail 'no pod of claims runs'
while read -r pod; do
  kubectl get --raw "/api/v1/namespaces/claims/pods/${pod#pod/}:8080/proxy/metrics" >"$out/${pod#pod/}.txt"
done <<<"$pods"
