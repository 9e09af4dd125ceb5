#!/usr/bin/env bash
# Brings up what the platform owns in a cluster, and lets the pipeline deploy into the namespace claims.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: platform/bootstrap.sh --group RESOURCE-GROUP --cluster NAME --overlay NAME --deployer OBJECT-ID

Run once for each cluster, and after a change of k8s/: by an administrator, inside
the network, after `az login`. Applies what the pipeline's Role may not write:
CRDs, controllers, namespaces, quotas, policies, the gateway and its mesh. Binds
the pipeline's identity to the Role deployer.

Options:
  --deployer  terraform output deployers

Example:
  platform/bootstrap.sh --group claims-uksouth --cluster claims-uksouth --overlay aks --deployer "$DEPLOYER"
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=azure-devops/steps/lib.sh
source "$here/../steps/lib.sh"

group='' cluster='' overlay='' deployer=''
parse "$@" -- group cluster overlay deployer
needs group cluster overlay deployer
check_overlay "$overlay"
[[ "$deployer" =~ ^[0-9a-f-]{36}$ ]] || misuse "--deployer '$deployer' is not an object id"
KUBECONFIG=$(mktemp)
export KUBECONFIG
trap 'rm -f "$KUBECONFIG"' EXIT
az aks get-credentials --resource-group "$group" --name "$cluster" --overwrite-existing
token=$(az account get-access-token --resource 6dae42f8-4368-4678-94ff-3960e28e3630 --query accessToken --output tsv)
kubectl config set-credentials platform --token "$token" >/dev/null
kubectl config set-context --current --user platform >/dev/null

"$repository/k8s/deploy.sh" --overlay "$overlay" --platform
sed "s/00000000-0000-0000-0000-000000000000/$deployer/" "$here/deployer.yaml" | kubectl apply --server-side --filename -
echo "$deployer may deploy to claims in $cluster"
