#!/usr/bin/env bash
# Installs KServe in Standard mode, with cert-manager and the Gateway API.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: kserve/install_kserve.sh [options]

Installs the Gateway API's CRDs 1.6.1, cert-manager 1.21.1 and KServe 0.20.0 from
files that are pinned by checksum. Standard mode needs no Knative. Of KServe the
controller alone is installed: models bring their runtime, and nothing of :latest.

Options:
  --context NAME     another kubeconfig context than the current one
  --assets FOLDER    read pinned files from here before the network, as
                     OWNER/REPO/VERSION/PATH; default: $HARNESS_ASSETS
  --timeout SECONDS  how long to wait for each step, 1 to 3600; default: 300
  --render FILE      write what would be applied of KServe to FILE and end
  --uninstall        delete KServe, its resources included; cert-manager and
                     the Gateway API stay, for others use them too
  --dry-run          print the commands and carry out none

Examples:
  kserve/install_kserve.sh --context kind-mlops
  kserve/install_kserve.sh --assets ~/audited --render kserve.yaml
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

here=$(cd "$(dirname "$0")" && pwd)
# The CRDs and their checksums are those of the applications' gateway.
crds=$here/../../crds.sha256
cert_manager=cert-manager/cert-manager/v1.21.1/cert-manager.yaml
cert_manager_url=https://github.com/cert-manager/cert-manager/releases/download/v1.21.1/cert-manager.yaml
cert_manager_sha256=5f6a499b8c1857d57f560f536e0dcc830914b45c420899fe7ad0692c8624e408
# kserve@v0.20.0:install/v0.20.0. `config/` names images by :latest; what is below install/ has the release's tag. The
# script embeds the one manifest of the controller in Standard mode; kserve.yaml holds two more controllers.
kserve_url=https://raw.githubusercontent.com/kserve/kserve/1fb781055dd1567164358233e1125142ca6ef1fe/install/v0.20.0
kserve_crds=kserve-crds.yaml
kserve_crds_sha256=dd5fad5999862c34dde061c97e49419810034320e1245ce9c6e4bfd51cac6255
kserve_core=kserve-standard-mode-full-install-with-manifests.sh
kserve_core_sha256=2d452865563730303c19bbd2f24cca75dd7911407d7aff136175356ac2abe06d

context='' assets=${HARNESS_ASSETS:-} timeout=300 render='' uninstall='' dry_run=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=yes ;;
    --uninstall) uninstall=yes ;;
    --context | --assets | --timeout | --render)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done

check_timeout "$timeout"
[[ -z "$assets" || -d "$assets" ]] || fail "folder '$assets' does not exist"
need kubectl 'install version 1.32 or newer'
kubectl=(kubectl ${context:+"--context=$context"})
if [[ -z "$dry_run$render" ]]; then
  "${kubectl[@]}" version --request-timeout 10s >/dev/null 2>&1 || fail 'no cluster answers; name one with --context'
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Writes the controller with our settings to $1, and the CRDs' path to the variable `crd_file`.
build() {
  local script
  crd_file=$(pinned "kserve/kserve/v0.20.0/install/v0.20.0/$kserve_crds" "$kserve_url/$kserve_crds" "$kserve_crds_sha256")
  script=$(pinned "kserve/kserve/v0.20.0/install/v0.20.0/$kserve_core" "$kserve_url/$kserve_core" "$kserve_core_sha256")
  mkdir -p "$scratch/build"
  # The script is read, never run.
  awk "/^KSERVE_CORE_MANIFEST_EOF\$/ {inside = 0} inside; /^ *cat <<'KSERVE_CORE_MANIFEST_EOF'\$/ {inside = 1}" "$script" \
    >"$scratch/build/core.yaml"
  cp -R "$here/settings" "$scratch/build/settings"
  cat >"$scratch/build/kustomization.yaml" <<'TEXT'
resources: [core.yaml]
components: [settings]
TEXT
  kubectl kustomize "$scratch/build" >"$1"
  ! grep -n ':latest\|"latest"' "$1" || fail 'an image of KServe is named by :latest'
}

if [[ -n "$render" ]]; then
  build "$render"
  exit 0
fi
if [[ -n "$uninstall" ]]; then
  # The services first, while the controller is there to clean up after them.
  run "${kubectl[@]}" delete inferenceservices.serving.kserve.io --all --all-namespaces --ignore-not-found --timeout "${timeout}s"
  [[ -n "$dry_run" ]] || build "$scratch/kserve.yaml"
  run "${kubectl[@]}" delete --filename "$here/storage-container.yaml" --ignore-not-found --timeout "${timeout}s"
  run "${kubectl[@]}" delete --filename "$scratch/kserve.yaml" --ignore-not-found --timeout "${timeout}s"
  run "${kubectl[@]}" delete --filename "${crd_file:-$scratch/$kserve_crds}" --ignore-not-found --timeout "${timeout}s"
  exit 0
fi

apply() {
  again "${kubectl[@]}" apply --server-side --force-conflicts "$@"
}

wait_for() {
  run "${kubectl[@]}" wait --timeout "${timeout}s" "$@" \
    || fail "not ready after $timeout s: ${*: -1}; 'kubectl get events --all-namespaces' tells why"
}

files=()
while read -r sha256 path; do
  [[ "$path" == kubernetes-sigs/gateway-api/* ]] || continue
  version=$(cut -d / -f 1-3 <<<"$path")
  file=$path
  [[ -n "$dry_run" ]] || file=$(pinned "$path" "https://raw.githubusercontent.com/$version/${path#"$version"/}" "$sha256")
  files+=(--filename "$file")
done <"$crds"
apply "${files[@]}"

file=$scratch/cert-manager.yaml crd_file=$scratch/$kserve_crds
if [[ -z "$dry_run" ]]; then
  file=$(pinned "$cert_manager" "$cert_manager_url" "$cert_manager_sha256")
  build "$scratch/kserve.yaml"
fi
apply --filename "$file"
wait_for --namespace cert-manager deployment --all --for=condition=Available
# Its webhook's pods are ready before the API server trusts their certificate: an issuer is accepted once it does.
again "${kubectl[@]}" apply --dry-run=server --filename "$here/../../gateway/components/self-signed/issuer.yaml"

# Objects of a kind are accepted once the API server has established it.
apply --filename "$crd_file"
wait_for --filename "$crd_file" --for=condition=Established
apply --filename "$scratch/kserve.yaml"
wait_for --namespace kserve deployment --all --for=condition=Available
# What KServe's webhooks judge first: the download's container, and in a dry run a service.
apply --filename "$here/storage-container.yaml"
cat >"$scratch/probe.yaml" <<'TEXT'
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: probe
  namespace: kserve
spec:
  predictor:
    # A second run is judged by our admission policy as well.
    serviceAccountName: models
    model:
      modelFormat: {name: onnx}
      runtime: therapy
      storageUri: s3://probe/probe/
TEXT
again "${kubectl[@]}" apply --dry-run=server --filename "$scratch/probe.yaml"
