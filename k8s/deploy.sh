#!/usr/bin/env bash
# Deploys both applications, the gateway with its controller, and everything these need.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: k8s/deploy.sh --overlay NAME [options]

Brings one environment up in the cluster of the current kubeconfig context:
CRDs, cert-manager, Istio and NGINX Gateway Fabric where the overlay uses them,
priority classes, the admission policy, both applications in all versions, the
gateway. A second run changes nothing.

Options:
  --overlay NAME     local, staging, production, aks or eks
  --context NAME     another kubeconfig context than the current one
  --assets FOLDER    read pinned files from here before the network, as
                     OWNER/REPO/VERSION/PATH; default: $HARNESS_ASSETS
  --timeout SECONDS  how long to wait for each step, 1 to 3600; default: 300
  --platform         leave workloads out: a pipeline deploys these, under a Role
  --dry-run          apply nothing: the server judges each object. It must know
                     the kinds and namespaces, so an overlay must have been
                     deployed to this cluster before.

Examples:
  k8s/deploy.sh --overlay local --context kind-claims
  k8s/deploy.sh --overlay production --dry-run
TEXT
}

# shellcheck source=k8s/lib/cluster.sh
source "$(dirname "$0")/lib/cluster.sh"

cert_manager=cert-manager/cert-manager/v1.21.1/cert-manager.yaml
cert_manager_url=https://github.com/cert-manager/cert-manager/releases/download/v1.21.1/cert-manager.yaml
cert_manager_sha256=5f6a499b8c1857d57f560f536e0dcc830914b45c420899fe7ad0692c8624e408
istio_version=1.30.3
istio=istio/istio/$istio_version/istio-$istio_version-linux-amd64.tar.gz
istio_url=https://github.com/istio/istio/releases/download/$istio_version/istio-$istio_version-linux-amd64.tar.gz
istio_sha256=55ada076ba1b37af49e8a24e5e539b4abccabdb33894c923279edd293eea3993
# Supports Gateway API 1.5.1 and accepts a later 1.x: its GatewayClass then reports SupportedVersion=False, best effort
# (nginx/nginx-gateway-fabric@v2.6.7:internal/controller/state/graph/gatewayclass.go).
nginx=nginx/nginx-gateway-fabric/v2.6.7/deploy
nginx_url=https://raw.githubusercontent.com/nginx/nginx-gateway-fabric/v2.6.7/deploy
nginx_crds_sha256=942d031b4f5d0cd57194c8d0d6e7a09bddf4ced3e59609dd390db013434ec8fa
nginx_sha256=33c493b6233975913a1628dd0219ef787e3fff5a17bd9d6e3108b41139c7c05b

apps=(claims report)
overlay='' context='' platform='' dry_run='' timeout=300 assets=${HARNESS_ASSETS:-}
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --platform) platform=yes ;;
    --dry-run) dry_run=server ;;
    --overlay | --context | --assets | --timeout)
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
[[ -z "$assets" || -d "$assets" ]] || fail "there is no folder '$assets' with pinned files"

require_cluster

# Before anything is applied: an image that nobody named would fail after minutes, at the pull.
# Prints the registries of ECR in the built file; most overlays have none, which is no failure.
registries() {
  grep --only-matching --extended-regexp '[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com' "$built" | sort --unique || true
}

for app in "${apps[@]}"; do
  build "apps/$app"
  # Nodes on EKS reach the account's own registry alone, which mirror-images.sh fills.
  registry=$(registries)
  if grep -q '@sha256:0\{64\}$' "$built" && [[ -z "$dry_run$platform" ]]; then
    fail "the overlay '$overlay' of '$app' names no image yet; put the digest of the one that was pushed into" \
      "k8s/apps/$app/overlays/$overlay/kustomization.yaml"
  fi
done

# The policy admits one registry, and NGINX's own pods are pulled from one: that of the applications.
if [[ -n "$registry" ]]; then
  for part in apps/claims admission gateway; do
    build "$part"
    found=$(registries)
    [[ -z "$found" || "$found" == "$registry" ]] \
      || fail "k8s/$part/overlays/$overlay names the registry ${found//$'\n'/, }, and the applications ${registry//$'\n'/, }:" \
        "write your account and region into each"
  done
fi

# Prints where the pinned file is: in the folder of assets, or fetched. $1 its path there, $2 its address, $3 its sha256
pinned() {
  local file=$scratch/${1##*/}
  if [[ -n "$assets" && -f "$assets/$1" ]]; then
    file=$assets/$1
  else
    curl --fail --silent --show-error --location --max-time "$timeout" --output "$file" "$2" \
      || fail "cannot fetch $2; name a folder that has $1 with --assets"
  fi
  sha256sum --check --status <<<"$3  $file" \
    || fail "$file is not what was pinned: its sha256 is not $3"
  printf '%s\n' "$file"
}

# Applies a controller's file, with the images from the registry that the overlay names. $1 the file
apply_controller() {
  if [[ -n "$registry" ]]; then
    sed -E "s#(ghcr|quay)\.io/#$registry/#g" "$1" >"$scratch/controller.yaml"
    apply "$scratch/controller.yaml"
  else
    apply "$1"
  fi
}

apply() {
  kubectl "${flags[@]}" apply --server-side --force-conflicts ${dry_run:+"--dry-run=$dry_run"} --filename "$1"
}

# Leaves of the built file what azure-devops/platform/deployer.yaml may not write.
without_workloads() {
  kubectl annotate --local --filename "$built" --output json deploy/none- \
    | jq --slurp '{apiVersion: "v1", kind: "List", items: [.[] | if .kind == "List" then .items[] else . end | select(.kind
      | IN("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "HTTPRoute", "PodDisruptionBudget", "Service") | not)]}' \
      >"$built.json"
  mv "$built.json" "$built"
}

# $1 kind, $2 name, $3 namespace
exists() {
  [[ -n "$(kubectl "${flags[@]}" get "$1" "$2" --namespace "$3" --ignore-not-found --output name)" ]]
}

# Fails where Traefik would watch a namespace of the model platform that is not there: it serves nobody until it has read
# each (traefik/traefik@v3.7.1:pkg/provider/kubernetes/gateway/client.go, WatchAll).
traefik_may_start() {
  local namespaces namespace
  namespaces=$(sed -n 's/.*--providers.kubernetesgateway.namespaces=//p' "$built")
  for namespace in ${namespaces//,/ }; do
    [[ " gateway ${apps[*]} " == *" $namespace "* ]] || exists rolebinding traefik "$namespace" \
      || fail "Traefik has no rights in '$namespace' and would serve nobody: apply that namespace's overlay" \
        "in k8s/mlops-platform-demo/overlays/$overlay first"
  done
}

# $1 namespace, then what kubectl waits for
wait_for() {
  kubectl "${flags[@]}" wait --namespace "$1" --timeout "${timeout}s" "${@:2}"
}

if [[ -z "$dry_run" ]]; then
  say 'CRDs'
  while read -r sha256 path; do
    owner_repo_version=$(cut -d / -f 1-3 <<<"$path")
    file=$(pinned "$path" "https://raw.githubusercontent.com/$owner_repo_version/${path#"$owner_repo_version"/}" "$sha256")
    apply "$file"
  done <"$root/crds.sha256"

  say 'cert-manager'
  if ! exists deployment cert-manager-webhook cert-manager; then
    file=$(pinned "$cert_manager" "$cert_manager_url" "$cert_manager_sha256")
    apply_controller "$file"
  fi
  wait_for cert-manager deployment --all --for=condition=Available
  # Its webhook is available before the API server trusts its certificate.
  deadline=$((SECONDS + timeout))
  until kubectl "${flags[@]}" apply --dry-run=server --filename "$root/gateway/components/self-signed/issuer.yaml" \
    >/dev/null 2>"$scratch/errors"; do
    ((SECONDS < deadline)) || fail "cert-manager does not answer: $(tail -n 1 "$scratch/errors")"
    sleep 2
  done

  build apps/claims
  if grep -q 'istio.io/dataplane-mode: ambient' "$built" && ! exists daemonset ztunnel istio-system; then
    say "Istio $istio_version"
    if ! [[ "$(istioctl version --remote=false --output json 2>/dev/null)" == *"\"$istio_version\""* ]]; then
      [[ "$(uname -sm)" == 'Linux x86_64' ]] \
        || fail "istioctl $istio_version is not on the PATH, and is fetched for Linux on x86-64 only"
      file=$(pinned "$istio" "$istio_url" "$istio_sha256")
      tar -xzf "$file" -C "$scratch"
      PATH=$scratch/istio-$istio_version/bin:$PATH
    fi
    # An interrupted installation is repeated: ztunnel comes last (istio@1.30.3:operator/pkg/install/install.go).
    # Without sidecars. The gateway is NGINX, so Istio brings no gateway and no route of its own.
    istioctl install "${flags[@]}" --skip-confirmation --readiness-timeout "${timeout}s" --set profile=ambient \
      ${registry:+--set "hub=$registry/istio"}
  fi

  build gateway
  if grep -q 'gatewayClassName: nginx' "$built"; then
    say 'NGINX Gateway Fabric'
    file=$(pinned "$nginx/crds.yaml" "$nginx_url/crds.yaml" "$nginx_crds_sha256")
    apply "$file"
    file=$(pinned "$nginx/default/deploy.yaml" "$nginx_url/default/deploy.yaml" "$nginx_sha256")
    apply_controller "$file"
    wait_for nginx-gateway deployment nginx-gateway --for=condition=Available
  fi
fi

say 'priority classes'
build_folder "$root/cluster"
apply "$built"
for part in admission "${apps[@]/#/apps/}" gateway; do
  say "$part"
  build "$part"
  [[ -z "$platform" || "$part" != apps/* ]] || without_workloads
  [[ "$part" != gateway || -n "$dry_run" ]] || traefik_may_start
  apply "$built"
done
[[ -z "$dry_run" ]] || exit 0

for app in "${apps[@]}"; do
  [[ -z "$platform" ]] || continue
  kubectl "${flags[@]}" rollout status deployment --selector "app.kubernetes.io/name=$app" --namespace "$app" \
    --timeout "${timeout}s"
done
wait_for gateway certificate public --for=condition=Ready
wait_for gateway gateway public --for=condition=Programmed
address=$(kubectl "${flags[@]}" get gateway public --namespace gateway \
  --output 'jsonpath={.status.addresses[0].value}')
say "up; the gateway's address: ${address:-none yet}"
