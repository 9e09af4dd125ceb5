#!/usr/bin/env bash
# Creates the local cluster.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: cluster/create_kind_cluster.sh [options]

Creates a kind cluster with a control plane and a worker, whose gateway will
answer at https://127.0.0.1:8443. kind's own network enforces NetworkPolicies
from 0.24 on. A cluster of that name that exists and answers is left as it is.

Options:
  --name NAME        default: mlops
  --image IMAGE      node image with its digest; default: $KIND_NODE_IMAGE,
                     else the one that this version of kind was released with
  --timeout SECONDS  how long to wait for the nodes, 1 to 3600; default: 300
  --dry-run          print the commands and carry out none

Examples:
  cluster/create_kind_cluster.sh
  cluster/create_kind_cluster.sh --name trial --dry-run
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

name=mlops image=${KIND_NODE_IMAGE:-} timeout=300 dry_run=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=yes ;;
    --name | --image | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done

[[ "$name" =~ ^[a-z0-9][a-z0-9-]{0,30}$ ]] || misuse "'$name' is not a name: lower-case letters, digits and hyphens"
[[ -z "$image" || "$image" =~ @sha256:[0-9a-f]{64}$ ]] || misuse "'$image' names no digest: IMAGE@sha256:…"
check_timeout "$timeout"

if [[ -z "$dry_run" ]]; then
  need kind 'install version 0.27 or newer from kind.sigs.k8s.io'
  need kubectl 'install version 1.32 or newer'
  docker info >/dev/null 2>&1 || fail 'Docker does not answer; start it, or set DOCKER_HOST'
  if kind get clusters 2>/dev/null | grep -x -- "$name" >/dev/null; then
    kubectl --context "kind-$name" version --request-timeout 10s >/dev/null 2>&1 \
      || fail "the cluster '$name' is there and does not answer; delete it with cluster/delete_kind_cluster.sh --name $name"
    echo "the cluster '$name' is there"
    exit 0
  fi
fi

if ! run kind create cluster --name "$name" --config "$(dirname "$0")/kind.yaml" \
  ${image:+--image "$image"} --wait "${timeout}s"; then
  # kind leaves the nodes of a cluster that did not come up, and the next start would find a name taken.
  kind delete cluster --name "$name"
  fail "the cluster did not come up and was deleted; 'docker logs' of a node tells more when started with kind --retain"
fi
run kubectl --context "kind-$name" wait node --all --for=condition=Ready --timeout "${timeout}s"
