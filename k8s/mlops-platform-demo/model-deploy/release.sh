#!/usr/bin/env bash
# Gives the canary its share of the requests, makes it the stable version, or takes it back.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: model-deploy/release.sh --namespace NAME [options] shift PERCENT | promote | rollback

  shift PERCENT  the canary answers so much of the requests, 1 to 99
  promote        the stable service takes over the canary's version; when it is
                 ready it gets all requests, and the canary goes
  rollback       the stable service gets all requests, and the canary goes

Options:
  --namespace NAME   where both services are
  --context NAME     another kubeconfig context than the current one
  --timeout SECONDS  how long to wait for a service, 1 to 3600; default: 300
  --dry-run          print the commands that change something, carry out none

Examples:
  model-deploy/release.sh --namespace models-production shift 10
  model-deploy/release.sh --namespace models-production promote
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

namespace='' context='' timeout=300 dry_run='' words=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=yes ;;
    --namespace | --context | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    -*) misuse "unknown option '$1'" ;;
    *) words+=("$1") ;;
  esac
  shift
done

[[ -n "$namespace" ]] || misuse 'which namespace? --namespace NAME'
check_timeout "$timeout"
case "${words[*]:-}" in
  promote | rollback) ;;
  'shift '*)
    [[ ${#words[@]} -eq 2 && "${words[1]}" =~ ^[1-9][0-9]?$ ]] || misuse "'${words[1]}' is no share from 1 to 99"
    ;;
  *) misuse 'what to do? shift PERCENT, promote or rollback' ;;
esac
need kubectl 'install version 1.32 or newer'
kubectl=(kubectl ${context:+"--context=$context"} --namespace "$namespace")

# $1 weight of the stable service, $2 of the canary
weights() {
  local backends="{\"name\":\"relief-predictor\",\"port\":80,\"weight\":$1}"
  (($2 == 0)) || backends+=",{\"name\":\"relief-canary-predictor\",\"port\":80,\"weight\":$2}"
  run "${kubectl[@]}" patch httproutes.gateway.networking.k8s.io relief --type json \
    --patch "[{\"op\":\"replace\",\"path\":\"/spec/rules/0/backendRefs\",\"value\":[$backends]}]"
}

# $1 service
ready() {
  run "${kubectl[@]}" wait inferenceservices.serving.kserve.io "$1" --for=condition=Ready --timeout "${timeout}s" \
    || fail "$1 is not ready after $timeout s; 'kubectl describe' of it tells why, and no traffic was moved to it"
}

# $1 JSONPath into the canary
of_canary() {
  "${kubectl[@]}" get inferenceservices.serving.kserve.io relief-canary --output "jsonpath=$1" \
    || fail "there is no canary in '$namespace'"
}

remove_canary() {
  # Gateways hear of the weights a moment later; until then the canary goes on answering.
  run sleep 15
  run "${kubectl[@]}" delete inferenceservices.serving.kserve.io relief-canary --ignore-not-found --timeout "${timeout}s"
}

case "${words[0]}" in
  shift)
    ready relief-canary
    weights $((100 - words[1])) "${words[1]}"
    ;;
  promote)
    version=$(of_canary '{.metadata.labels.mlops\.example\.com/model-version}')
    uri=$(of_canary '{.spec.predictor.model.storageUri}')
    # The canary carries everything while the stable service changes its version.
    weights 0 100
    run sleep 15
    run "${kubectl[@]}" patch inferenceservices.serving.kserve.io relief --type merge --patch \
      "{\"metadata\":{\"labels\":{\"mlops.example.com/model-version\":\"$version\"}},\"spec\":{\"predictor\":{\"model\":{\"storageUri\":\"$uri\"}}}}"
    # The service was ready before as well: only its pods' label tells that the change has arrived.
    run "${kubectl[@]}" wait deployment relief-predictor --timeout "${timeout}s" \
      "--for=jsonpath={.spec.template.metadata.labels.mlops\.example\.com/model-version}=$version"
    run "${kubectl[@]}" rollout status deployment relief-predictor --timeout "${timeout}s" \
      || fail "the stable service does not come up with version $version; the canary goes on with all requests"
    weights 100 0
    remove_canary
    ;;
  rollback)
    weights 100 0
    remove_canary
    ;;
esac
