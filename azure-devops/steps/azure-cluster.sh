#!/usr/bin/env bash
# Runs a step against a private AKS cluster, with the identity of the service connection.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/azure-cluster.sh --group RESOURCE-GROUP --cluster NAME [--registry NAME.azurecr.io] -- COMMAND…

AzureCLI@2 logs out when it ends, so each step that asks the cluster logs in by
itself and runs within this one. The kubeconfig is the step's own and goes with it.

Example:
  steps/azure-cluster.sh --group claims-uksouth --cluster claims-uksouth -- kubectl get pods --namespace claims
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

group='' cluster='' registry=''
options=()
while [[ $# -gt 0 && "$1" != -- ]]; do
  options+=("$1")
  shift
done
[[ $# -eq 0 ]] || shift
parse "${options[@]}" -- group cluster registry
needs group cluster
[[ $# -gt 0 ]] || misuse 'no command behind --'
KUBECONFIG=$(mktemp)
export KUBECONFIG
trap 'rm -f "$KUBECONFIG"' EXIT
[[ -z "$registry" ]] || az acr login --name "${registry%%.*}"
az aks get-credentials --resource-group "$group" --name "$cluster" --overwrite-existing
# In the place of kubelogin, which would ask for the same token: the id is that of AKS's server application everywhere.
# https://learn.microsoft.com/azure/aks/kubelogin-authentication
token=$(az account get-access-token --resource 6dae42f8-4368-4678-94ff-3960e28e3630 --query accessToken --output tsv)
kubectl config set-credentials pipeline --token "$token" >/dev/null
kubectl config set-context --current --user pipeline >/dev/null
kubectl auth can-i patch deployments --namespace claims --quiet \
  || fail "this identity may not deploy to $cluster; platform/bootstrap.sh binds it"
cd "$repository"
"$@"
