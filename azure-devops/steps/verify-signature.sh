#!/usr/bin/env bash
# Refuses an image whose digest we did not sign.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/verify-signature.sh --reference REGISTRY/NAME@sha256:… --trust FILE

Options:
  --trust  the certificate that platform/signing-certificate.sh wrote, whose
           signature notation looks for in the registry; or, of sign.sh with a
           file, that key

Examples:
  steps/verify-signature.sh --reference "$REFERENCE" --trust azure-devops/trust/images.pem
  steps/verify-signature.sh --reference "$REFERENCE" --trust key.pem
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

reference='' trust=''
parse "$@" -- reference trust
needs reference trust
check_reference "$reference"
[[ -f "$trust" ]] || fail "there is no $trust; platform/signing-certificate.sh writes it, once"
if grep -q 'BEGIN CERTIFICATE' "$trust"; then
  # A store and a policy of this run's own: what the machine trusts besides is not asked.
  XDG_CONFIG_HOME=$(mktemp -d)
  export XDG_CONFIG_HOME
  trap 'rm -rf "$XDG_CONFIG_HOME"' EXIT
  notation certificate add --type ca --store images "$trust"
  jq --null-input --arg scope "${reference%@*}" '{version: "1.0", trustPolicies: [{name: "images", registryScopes: [$scope],
    signatureVerification: {level: "strict"}, trustStores: ["ca:images"], trustedIdentities: ["*"]}]}' >"$XDG_CONFIG_HOME/policy.json"
  notation policy import --force "$XDG_CONFIG_HOME/policy.json"
  notation verify "$reference"
else
  public=$(mktemp)
  trap 'rm -f "$public"' EXIT
  openssl pkey -in "$trust" -pubout -out "$public" 2>/dev/null || fail "$trust is no key"
  printf %s "$reference" \
    | openssl dgst -sha256 -verify "$public" -signature "$trust.signatures/${reference#*@sha256:}" >/dev/null 2>&1 \
    || fail "$reference has no signature by $trust"
fi
echo "$reference is signed"
