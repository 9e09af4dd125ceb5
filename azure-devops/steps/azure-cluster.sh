#!/usr/bin/env bash
# Points kubectl at a private AKS cluster, with the identity of the service connection.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/azure-cluster.sh --group RESOURCE-GROUP --cluster NAME

The agent must be in the cluster's network. kubelogin must be on the PATH: local
accounts of the cluster are off.

Example:
  steps/azure-cluster.sh --group claims-staging --cluster claims-staging
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

group='' cluster=''
parse "$@" -- group cluster
needs group cluster
az aks get-credentials --resource-group "$group" --name "$cluster" --overwrite-existing
kubelogin convert-kubeconfig --login azurecli
kubectl auth can-i patch deployments --namespace claims --quiet || fail "this identity may not deploy to $cluster"
