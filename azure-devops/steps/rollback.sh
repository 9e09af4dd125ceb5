#!/usr/bin/env bash
# Goes back to the last release, with its images, settings and routes, and ends a canary.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/rollback.sh --previous DIR --canary DEPLOYMENT --trust FILE --place cluster|engine:PORT

Where nothing was released before, only the canary ends. An image whose signature
is not by the trusted key is not brought back.

Options:
  --previous  the folder that current-release.sh wrote before the deployment
  --canary    the Deployment whose canary ends
  --trust     as for verify-signature.sh

Example:
  steps/rollback.sh --previous previous --canary claims-v2 --trust azure-devops/trust/images.pem --place cluster
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

previous='' canary='' trust='' place=''
parse "$@" -- previous canary trust place
needs previous canary trust place
check_place "$place"
[[ -f "$previous/objects.json" ]] || fail "there is no $previous/objects.json"
if [[ "$(jq length "$previous/objects.json")" == 0 ]]; then
  end_canary "$place" "$canary"
  fail 'nothing was released before, so there is nothing to go back to; the canary has ended'
fi
images=$(jq --raw-output '[.[] | select(.kind == "Deployment") | "\(.metadata.name)=\(.spec.template.spec.containers[0].image)"]
  | join(" ")' "$previous/objects.json")
"$(dirname "$0")/verify-signature.sh" --images "$images" --trust "$trust"
apply "$place" <"$previous/objects.json"
remember "$place" <"$previous/objects.json"
end_canary "$place" "$canary"
echo "back at $(current_images "$place")"
