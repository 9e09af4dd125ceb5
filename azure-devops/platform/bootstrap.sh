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
[[ "$deployer" =~ ^[0-9a-f-]{36}$ ]] || misuse "--deployer '$deployer' is no object id"
KUBECONFIG=$(mktemp)
export KUBECONFIG
trap 'rm -f "$KUBECONFIG"' EXIT
az aks get-credentials --resource-group "$group" --name "$cluster" --overwrite-existing
token=$(az account get-access-token --resource 6dae42f8-4368-4678-94ff-3960e28e3630 --query accessToken --output tsv)
kubectl config set-credentials platform --token "$token" >/dev/null
kubectl config set-context --current --user platform >/dev/null

kubectl kustomize "$repository/k8s/cluster" | kubectl apply --server-side --filename -
kubectl kustomize "$repository/k8s/apps/claims/overlays/$overlay" \
  | kubectl annotate --local --filename - --output json pipeline/none- \
  | jq --slurp '{apiVersion: "v1", kind: "List", items: [.[] | if .kind == "List" then .items[] else . end
    | select(.kind | IN("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "HTTPRoute", "PodDisruptionBudget", "Service") | not)]}' \
  | kubectl apply --server-side --filename -
kubectl apply --server-side --filename "$here/deployer.yaml"
# Kubernetes knows an identity of Entra by its object id.
# https://learn.microsoft.com/azure/aks/azure-ad-rbac
for namespace in claims monitoring; do
  kubectl create rolebinding deployer --namespace "$namespace" --role deployer --user "$deployer" --dry-run=client --output yaml \
    | kubectl apply --server-side --filename -
done
echo "$deployer may deploy to claims in $cluster"
