#!/usr/bin/env bash
# Refuses images whose digests we did not sign.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/verify-signature.sh --images LIST --trust FILE

Options:
  --images DEPLOYMENT=REGISTRY/NAME@sha256:…, with blanks between
  --trust  the certificate that platform/signing-certificate.sh wrote, whose
           signature notation looks for in the registry; or, of sign.sh with a
           file, that key

Examples:
  steps/verify-signature.sh --images "claims-v2=$REFERENCE" --trust azure-devops/trust/images.pem
  steps/verify-signature.sh --images "claims-v2=$REFERENCE" --trust key.pem
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

images='' trust=''
parse "$@" -- images trust
needs images trust
check_images "$images"
[[ -f "$trust" ]] || fail "there is no $trust; platform/signing-certificate.sh writes it, once"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if grep -q 'BEGIN CERTIFICATE' "$trust"; then
  # A store and a policy of this run's own: what the machine trusts also is not asked.
  export XDG_CONFIG_HOME=$scratch
  notation certificate add --type ca --store images "$trust"
  jq --null-input --arg images "$images" '{version: "1.0", trustPolicies: [{name: "images",
    registryScopes: ($images | split(" ") | map(split("=")[1] | split("@")[0]) | unique),
    signatureVerification: {level: "strict"}, trustStores: ["ca:images"], trustedIdentities: ["*"]}]}' >"$scratch/policy.json"
  notation policy import --force "$scratch/policy.json"
else
  openssl pkey -in "$trust" -pubout -out "$scratch/public" 2>/dev/null || fail "$trust is not a key"
fi
for pair in $images; do
  reference=${pair#*=}
  if [[ -f "$scratch/policy.json" ]]; then
    notation verify "$reference"
  else
    printf %s "$reference" \
      | openssl dgst -sha256 -verify "$scratch/public" -signature "$trust.signatures/${reference#*@sha256:}" >/dev/null 2>&1 \
      || fail "$reference has no signature by $trust"
  fi
  echo "$reference is signed"
done
