#!/usr/bin/env bash
# Asserts a prediction, a canary's share and a drift alert on the local cluster.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: local/smoke.sh [--name NAME] [--timeout SECONDS]

After create, install, deploy and local/run_pipeline.sh:
  1. one prediction through the gateway, by version 1
  2. a second pipeline run; version 2 as canary with 20 % answers 10 to 30 % of 200
     requests, is promoted and finished, while no request fails
  3. the application serves four weeks in which listeners changed; the drift check finds
     it, starts a retraining, and the alert ModelDrift fires

Options:
  --name NAME        kind cluster; its context is kind-NAME. Default: mlops
  --timeout SECONDS  how long to wait for each step, 1 to 3600; default: 1800

Example:
  local/smoke.sh
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

here=$(cd "$(dirname "$0")/.." && pwd)
name=mlops timeout=1800
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --name | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done
check_timeout "$timeout"
need kubectl 'install version 1.32 or newer'
need jq 'it reads the answers'
context=kind-$name overlay=$here/overlays/local/models
stores=(kubectl "--context=$context" --namespace stores)
drift=(kubectl "--context=$context" --namespace drift-local)

# $1 requests, $2 version: prints how many of them it answered
answered() {
  "$here/local/predict.sh" --requests "$1" | awk -v version="$2" '$2 == version {n = $1} END {print n + 0}'
}

release() {
  "$here/model-deploy/release.sh" --apply --context "$context" --timeout "$timeout" "$overlay" "$@"
}

[[ "$(answered 1 1)" == 1 ]] || fail 'version 1 does not answer through the gateway'
echo 'prediction: version 1 answers through the gateway'

"$here/local/run_pipeline.sh" --name "$name" --days 75 --no-serve --timeout "$timeout"
release try 2
release shift 20
share=$(answered 200 2)
((share >= 20 && share <= 60)) || fail "the canary answered $share of 200 requests, not 10 to 30 %"
echo "canary: $share of 200 requests"
release shift 100
release promote
release finish
[[ "$(answered 50 2)" == 50 ]] || fail 'version 2 does not answer all requests after its promotion'
echo 'promotion: version 2 answers everything, and no request failed'

# Version 2 serves now, and the registry has to know: the check compares with the champion's reference.
"${drift[@]}" create job promote-2 --from=cronjob/drift-check --dry-run=client --output json \
  | jq '.spec.template.spec.containers[0].command = ["python", "-m", "therapy.registry", "--model=relief", "promote", "2"]' \
  | "${drift[@]}" create --filename -
"${drift[@]}" wait job/promote-2 --for=condition=Complete --timeout 300s || fail 'version 2 did not become champion'

"${stores[@]}" create job visitors --from=cronjob/application
"${stores[@]}" wait job/visitors --for=condition=Complete --timeout "${timeout}s" || fail 'the application failed; see its log'
# The predictor writes its log every 30 seconds.
sleep 45
"${drift[@]}" create job drift-now --from=cronjob/drift-check
"${drift[@]}" wait job/drift-now --for=condition=Complete --timeout "${timeout}s" || fail 'the drift check failed; see its log'
said=$("${drift[@]}" logs job/drift-now --tail 1)
[[ "$said" == drift:* ]] || fail "the drift check says '$said'"
echo "drift check: $said"

# kubectl forwards through the node, which no NetworkPolicy refuses.
kubectl "--context=$context" --namespace monitoring port-forward deployment/prometheus 19090:9090 >/dev/null &
forward=$!
trap 'kill "$forward" 2>/dev/null || true' EXIT
deadline=$((SECONDS + 600)) firing=0
until ((firing > 0)); do
  ((SECONDS < deadline)) || fail 'the alert ModelDrift does not fire'
  sleep 10
  firing=$(curl --fail --silent --max-time 10 http://127.0.0.1:19090/api/v1/query \
    --data-urlencode 'query=ALERTS{alertname="ModelDrift",alertstate="firing"}' | jq '.data.result | length') || firing=0
done
echo 'alert: ModelDrift fires'
