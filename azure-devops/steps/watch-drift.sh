#!/usr/bin/env bash
# Compares predictions with training, by the cluster's Prometheus.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/watch-drift.sh --deployment NAME

Takes the description of the model out of the image that runs. Forwards a port to a Prometheus pod: that ends inside the pod, so that neither its
network policies nor the mesh refuse it, which they do to the API server's proxy.

Options:
  --deployment  the one whose predictions are compared

Example:
  steps/watch-drift.sh --deployment claims-v2
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

deployment=''
parse "$@" -- deployment
needs deployment
image=$(current_images cluster | tr ' ' '\n' | sed -n "s/^$deployment=//p")
[[ -n "$image" ]] || fail "no $deployment runs"
docker=${DOCKER:-docker} scratch=$(mktemp -d) log=$(mktemp) forward=''
trap '[[ -z "$forward" ]] || kill "$forward" 2>/dev/null; rm -rf "$scratch" "$log"' EXIT
container=$("$docker" create "$image")
"$docker" cp "$container:/app/model/model.json" "$scratch/model.json"
"$docker" rm "$container" >/dev/null
kubectl port-forward --namespace monitoring pod/prometheus-platform-0 :9090 >"$log" 2>&1 &
forward=$!
port=''
for _ in {1..30}; do
  port=$(sed -n 's/^Forwarding from 127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$log")
  [[ -z "$port" ]] || break
  kill -0 "$forward" 2>/dev/null || break
  sleep 1
done
[[ -n "$port" ]] || fail "Prometheus is not reached: $(tail -n 1 "$log")"
code=0
python3 "$(dirname "$0")/drift.py" --prometheus "http://127.0.0.1:$port" --deployment "$deployment" --model "$scratch/model.json" || code=$?
# For the ticket: too few predictions, or no answer, are no drift.
[[ "$code" != 1 ]] || echo '##vso[task.setvariable variable=moved]yes'
exit "$code"
