#!/usr/bin/env bash
# Asks the model for a prediction through the gateway and counts which versions answer.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: local/predict.sh [--url URL] [--requests NUMBER]

Prints how many requests each version answered, such as `17 1` and `3 2`, and the last
answer. Fails when a request fails or an answer is not a probability.

Options:
  --url URL          default: https://127.0.0.1:8443/v2/models/relief/infer
  --requests NUMBER  1 to 9999; default: 1

Examples:
  local/predict.sh
  local/predict.sh --requests 200
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

url=https://127.0.0.1:8443/v2/models/relief/infer requests=1
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --url | --requests)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done
[[ "$requests" =~ ^[1-9][0-9]{0,3}$ ]] || misuse "'$requests' is not a number of requests from 1 to 9999"
need curl 'it sends the requests'
need jq 'it reads the answers'

# A session of therapy.features.COLUMNS: tempo, heart rate, mood, minutes, hour, programme, and the listener's history.
body='{"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 11],
  "data": [60, 70, 5, 20, 10, 1, 0, 0, 0.5, 3, 5]}]}'
for ((number = 0; number < requests; number++)); do
  # harness:ignore unverified/tls the local gateway's certificate is self-signed
  answer=$(curl --fail-with-body --silent --show-error --insecure --max-time 30 --header 'Content-Type: application/json' \
    --data "$body" "$url") || fail "request $((number + 1)) of $requests failed: $answer"
  jq --exit-status --raw-output '.outputs[0].data[0] as $p | if $p >= 0 and $p <= 1 then .model_version else empty end' \
    <<<"$answer" || fail "the answer is not a probability: $answer"
done | sort | uniq -c | sed 's/^ *//'
