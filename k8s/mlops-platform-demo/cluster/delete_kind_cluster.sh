#!/usr/bin/env bash
# Deletes the local cluster with all that is in it.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: cluster/delete_kind_cluster.sh [--name NAME] [--dry-run]

Deletes the kind cluster, its containers, their volumes and its kubeconfig
context, and fails where something of it is left. No cluster is not a failure.

Examples:
  cluster/delete_kind_cluster.sh
  cluster/delete_kind_cluster.sh --name trial --dry-run
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

name=mlops dry_run=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=yes ;;
    --name)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      name=$2
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done

[[ "$name" =~ ^[a-z0-9][a-z0-9-]{0,30}$ ]] || misuse "'$name' is not a name: lower-case letters, digits and hyphens"
if [[ -z "$dry_run" ]]; then
  need kind 'install version 0.27 or newer from kind.sigs.k8s.io'
  docker info >/dev/null 2>&1 || fail 'Docker does not answer; start it, or set DOCKER_HOST'
fi

run kind delete cluster --name "$name"
[[ -z "$dry_run" ]] || exit 0
left=$(docker ps --all --quiet --filter "label=io.x-k8s.kind.cluster=$name")
[[ -z "$left" ]] || fail "containers of '$name' are left: ${left//$'\n'/ }"
echo "nothing of '$name' is left"
