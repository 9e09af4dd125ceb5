#!/usr/bin/env bash
# Deploys the image with the settings of an overlay, and ends a canary.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/deploy.sh --overlay NAME --reference REGISTRY/NAME@sha256:… --place cluster|engine:PORT

Renders k8s/apps/claims/overlays/NAME with this image and brings it up: pods are
replaced one by one, each when its successor is ready.

Options:
  --place  cluster: that of the current kubeconfig context; engine:PORT: this
           machine's Docker engine, by the harness ($HARNESS), with the gateway at
           PORT plus two

Example:
  steps/deploy.sh --overlay staging --reference "$REFERENCE" --place cluster
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

overlay='' reference='' place=''
parse "$@" -- overlay reference place
needs overlay reference place
check_overlay "$overlay"
check_place "$place"
check_reference "$reference"
render "$overlay" "$reference" | apply "$place"
# Objects that are no longer named stay in a cluster; on the engine they end by themselves.
[[ "$place" == engine:* ]] || kubectl delete deployment claims-v2-canary --namespace claims --ignore-not-found
echo "$overlay runs $reference"
