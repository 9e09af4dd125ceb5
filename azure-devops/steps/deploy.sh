#!/usr/bin/env bash
# Deploys images with the settings of an overlay, and ends a canary.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/deploy.sh --overlay NAME --images LIST --canary DEPLOYMENT --place cluster|engine:PORT

Renders k8s/apps/claims/overlays/NAME with these images and brings it up: pods are
replaced one by one, each when its successor is ready. What was deployed is kept
for rollback.sh.

Options:
  --images  DEPLOYMENT=REGISTRY/NAME@sha256:…, with blanks between
  --canary  the Deployment whose canary ends
  --place   cluster: that of the current kubeconfig context; engine:PORT: this
            machine's Docker engine, by the harness ($HARNESS), with the gateway at
            PORT plus two

Example:
  steps/deploy.sh --overlay staging --images "claims-v1=$V1 claims-v2=$REFERENCE" --canary claims-v2 --place cluster
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

overlay='' images='' canary='' place=''
parse "$@" -- overlay images canary place
needs overlay images canary place
check_overlay "$overlay"
check_place "$place"
check_images "$images"
objects=$(render "$overlay" "$images")
apply "$place" <<<"$objects"
remember "$place" <<<"$objects"
end_canary "$place" "$canary"
echo "$overlay runs $images"
