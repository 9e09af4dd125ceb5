#!/usr/bin/env bash
# Installs KServe in Standard mode, with cert-manager and the Gateway API.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: kserve/install_kserve.sh [options]

Installs the Gateway API's CRDs 1.6.1, cert-manager 1.21.1 and KServe 0.20.0.
KServe's Standard mode needs no Knative. A second run changes nothing.

Options:
  --context NAME     another kubeconfig context than the current one
  --sources FOLDER   read the manifests from here instead of GitHub, each
                     as a checkout: FOLDER/{gateway-api,cert-manager,kserve}
  --timeout SECONDS  how long to wait for each step, 1 to 3600; default: 300
  --uninstall        delete KServe, its resources included; cert-manager and
                     the Gateway API stay, for others use them too
  --dry-run          print the commands and carry out none

Examples:
  kserve/install_kserve.sh --context kind-mlops
  kserve/install_kserve.sh --sources ~/audited --dry-run
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

gateway_api=v1.6.1 cert_manager=v1.21.1 kserve=v0.20.0
context='' sources='' timeout=300 uninstall='' dry_run=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=yes ;;
    --uninstall) uninstall=yes ;;
    --context | --sources | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done

check_timeout "$timeout"
if [[ -n "$sources" ]]; then
  for each in gateway-api cert-manager kserve; do
    [[ -d "$sources/$each" ]] || fail "there is no folder '$sources/$each'; check out the tag that is named in --help"
  done
fi
kubectl=(kubectl ${context:+"--context=$context"})
if [[ -z "$dry_run" ]]; then
  need kubectl 'install version 1.32 or newer'
  "${kubectl[@]}" version --request-timeout 10s >/dev/null 2>&1 || fail 'no cluster answers; name one with --context'
fi

# $1 name of the checkout, $2 folder in it, $3 owner/repository, $4 tag
source_of() {
  if [[ -n "$sources" ]]; then
    printf '%s/%s/%s\n' "$sources" "$1" "$2"
  else
    printf 'https://github.com/%s//%s?ref=%s\n' "$3" "$2" "$4"
  fi
}

runtimes=$(source_of kserve config/runtimes kserve/kserve "$kserve")
controller=$(source_of kserve config/overlays/standalone/kserve kserve/kserve "$kserve")
if [[ -n "$uninstall" ]]; then
  # The services first, while the controller is there to clean up after them.
  run "${kubectl[@]}" delete inferenceservices.serving.kserve.io --all --all-namespaces --ignore-not-found --timeout "${timeout}s"
  run "${kubectl[@]}" delete --kustomize "$runtimes" --ignore-not-found --timeout "${timeout}s"
  run "${kubectl[@]}" delete --kustomize "$controller" --ignore-not-found --timeout "${timeout}s"
  exit 0
fi

apply() {
  run "${kubectl[@]}" apply --server-side --force-conflicts "$@"
}

wait_for() {
  run "${kubectl[@]}" wait --timeout "${timeout}s" "$@" \
    || fail "not ready after $timeout s: ${*: -1}; 'kubectl get events --all-namespaces' tells why"
}

apply --kustomize "$(source_of gateway-api config/crd kubernetes-sigs/gateway-api "$gateway_api")"
if [[ -n "$sources" ]]; then
  apply --filename "$sources/cert-manager/cert-manager.yaml"
else
  apply --filename "https://github.com/cert-manager/cert-manager/releases/download/$cert_manager/cert-manager.yaml"
fi
wait_for --namespace cert-manager deployment --all --for=condition=Available
apply --kustomize "$controller"
wait_for --namespace kserve deployment --all --for=condition=Available
# Services say themselves that they are Standard; this is for those that forget.
run "${kubectl[@]}" patch configmap inferenceservice-config --namespace kserve --type merge \
  --patch '{"data":{"deploy":"{\"defaultDeploymentMode\":\"Standard\"}"}}'
run "${kubectl[@]}" rollout restart deployment kserve-controller-manager --namespace kserve
run "${kubectl[@]}" rollout status deployment kserve-controller-manager --namespace kserve --timeout "${timeout}s"
apply --kustomize "$runtimes"
