#!/usr/bin/env bash
# Takes down what deploy.sh brought up.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: k8s/delete.sh --overlay NAME [options]

Deletes the gateway, both applications with their namespaces, the admission
policy and the priority classes from the cluster of the current kubeconfig
context, and waits until they are gone. A second run finds nothing to do.

CRDs, cert-manager, Istio and NGINX Gateway Fabric stay: others may use them,
and deleting a CRD deletes everybody's resources of its kind.

Options:
  --overlay NAME     local, staging, production, aks or eks
  --context NAME     another kubeconfig context than the current one
  --timeout SECONDS  how long to wait for each step, 1 to 3600; default: 300

Example:
  k8s/delete.sh --overlay local --context kind-claims
TEXT
}

# shellcheck source=k8s/lib/cluster.sh
source "$(dirname "$0")/lib/cluster.sh"

apps=(claims report)
overlay='' context='' timeout=300
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --overlay | --context | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done

check_overlay
[[ "$timeout" =~ ^[1-9][0-9]{0,3}$ && "$timeout" -le 3600 ]] \
  || misuse "'$timeout' is not a number of seconds from 1 to 3600"
require_cluster

delete() {
  # A kind that the cluster does not know has no resources either.
  if ! kubectl "${flags[@]}" delete --ignore-not-found --wait --timeout "${timeout}s" --filename "$built" \
    2>"$scratch/errors" && grep -v 'no matches for kind\|ensure CRDs are installed first' "$scratch/errors" >&2; then
    fail 'not everything could be deleted'
  fi
}

# The other way round than deploy.sh: the gateway's roles lie in the applications' namespaces.
for part in gateway "${apps[@]/#/apps/}" admission; do
  say "$part"
  build "$part"
  delete
done
say 'priority classes'
build_folder "$root/cluster"
delete
say 'down'
