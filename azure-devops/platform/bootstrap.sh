#!/usr/bin/env bash
# Brings up what the platform owns in a cluster, and lets the pipeline deploy into the namespace claims.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: platform/bootstrap.sh --group RESOURCE-GROUP --cluster NAME --overlay NAME --deployer OBJECT-ID
                             --admission CLIENT-ID

Run once for each cluster, and after a change of k8s/: by an administrator, inside
the network, after `az login`. Applies what the pipeline's Role may not write:
CRDs, controllers, namespaces, quotas, policies, the gateway and its mesh. Binds
the pipeline's identity to the Role deployer. Installs Gatekeeper and Ratify, which
refuse a pod of claims whose image is not signed by azure-devops/trust/images.pem.

Options:
  --deployer   terraform output deployers
  --admission  terraform output admission: with this identity Ratify reads signatures

Example:
  platform/bootstrap.sh --group claims-uksouth --cluster claims-uksouth --overlay aks \
    --deployer "$DEPLOYER" --admission "$ADMISSION"
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=azure-devops/steps/lib.sh
source "$here/../steps/lib.sh"

group='' cluster='' overlay='' deployer='' admission=''
parse "$@" -- group cluster overlay deployer admission
needs group cluster overlay deployer admission
check_overlay "$overlay"
[[ "$deployer" =~ ^[0-9a-f-]{36}$ ]] || misuse "--deployer '$deployer' is not an object id"
[[ "$admission" =~ ^[0-9a-f-]{36}$ ]] || misuse "--admission '$admission' is not a client id"
trust=$here/../trust/images.pem
[[ -f "$trust" ]] || fail "there is no $trust; platform/signing-certificate.sh writes it, once"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export KUBECONFIG=$scratch/kubeconfig
az aks get-credentials --resource-group "$group" --name "$cluster" --overwrite-existing
token=$(az account get-access-token --resource 6dae42f8-4368-4678-94ff-3960e28e3630 --query accessToken --output tsv)
kubectl config set-credentials platform --token "$token" >/dev/null
kubectl config set-context --current --user platform >/dev/null

"$repository/k8s/deploy.sh" --overlay "$overlay" --platform
sed "s/00000000-0000-0000-0000-000000000000/$deployer/" "$here/deployer.yaml" | kubectl apply --server-side --filename -

apply_file() {
  kubectl apply --server-side --force-conflicts --filename "$1"
}

while read -r sum path; do
  file=$scratch/${path##*/}
  project=$(cut -d / -f 1-3 <<<"$path")
  curl --silent --show-error --fail --location --retry 3 --output "$file" \
    "https://raw.githubusercontent.com/$project/${path#"$project"/}"
  sha256sum --check --status <<<"$sum  $file" || fail "$path has not the sum of upstream.sha256"
  apply_file "$file"
done <"$here/admission/upstream.sha256"
kubectl rollout status deployment --namespace gatekeeper-system --selector gatekeeper.sh/system=yes --timeout 300s
sed "s/00000000-0000-0000-0000-000000000000/$admission/" "$here/admission/ratify.yaml" | apply_file -
jq --null-input --rawfile certificate "$trust" '{apiVersion: "config.ratify.deislabs.io/v1beta1",
  kind: "KeyManagementProvider", metadata: {name: "images"},
  spec: {type: "inline", parameters: {contentType: "certificate", value: $certificate}}}' | apply_file -
apply_file "$here/admission/signatures.yaml"
kubectl rollout status deployment/ratify --namespace gatekeeper-system --timeout 300s
kubectl wait --for=jsonpath='{.status.created}'=true --timeout 120s constrainttemplate/ratifyverification
apply_file "$here/admission/enforcement.yaml"
echo "$deployer may deploy to claims in $cluster"
