#!/usr/bin/env bash
# Starts one pod of the new image, with the new settings, beside those that run.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/canary.sh --overlay NAME --images LIST --canary DEPLOYMENT --place cluster|engine:PORT

The pod stands behind the application's Service and gets its share of the
requests. It can be asked alone as well, under the path /canary: judge.py does.
What runs is not touched: neither its pods nor its settings. deploy.sh promotes
the canary, rollback.sh removes it. Where nothing was released yet there is nothing
to compare with, and all is deployed.

Options:
  --images  DEPLOYMENT=REGISTRY/NAME@sha256:…, with blanks between
  --canary  the Deployment that gets a canary

Example:
  steps/canary.sh --overlay aks --images "claims-v1=$V1 claims-v2=$REFERENCE" --canary claims-v2 --place cluster
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
image=$(tr ' ' '\n' <<<"$images" | sed -n "s/^$canary=//p")
[[ -n "$image" ]] || misuse "--images names no image of '$canary'"
objects=$(render "$overlay" "$images")
previous=$(released "$place")
if [[ "$previous" == '[]' ]]; then
  echo 'nothing was released yet: all is deployed, and judged under the same path'
  { cat <<<"$objects" && canary "$canary" "$image" <<<"$objects"; } | jq --slurp 'add | unique_by([.kind, .metadata.name])' | apply "$place"
  exit 0
fi
if [[ "$place" == engine:* ]]; then
  # The engine ends what it is not given.
  { cat <<<"$previous" && canary "$canary" "$image" <<<"$objects"; } | jq --slurp 'add | unique_by([.kind, .metadata.namespace, .metadata.name])' | apply "$place"
else
  canary "$canary" "$image" <<<"$objects" | apply "$place"
fi
echo "one pod of $image beside $(current_images "$place")"
