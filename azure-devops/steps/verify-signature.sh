#!/usr/bin/env bash
# Refuses an image whose digest we did not sign.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/verify-signature.sh --reference REGISTRY/NAME@sha256:… --key KEY --signature DIR

Options:
  --key        as for sign.sh; of a file, the private or the public key
  --signature  the folder that sign.sh wrote

Example:
  steps/verify-signature.sh --reference "$REFERENCE" --key key.pem --signature out
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

reference='' key='' signature=''
parse "$@" -- reference key signature
needs reference key signature
check_reference "$reference"
public=$(mktemp)
trap 'rm -f "$public"' EXIT
if [[ "$key" == https://* ]]; then
  rm "$public" # az writes to no file that is there
  az keyvault key download --id "$key" --encoding PEM --file "$public"
elif ! openssl pkey -in "$key" -pubout -out "$public" 2>/dev/null; then
  openssl pkey -pubin -in "$key" -out "$public" 2>/dev/null || fail "$key is no key"
fi
openssl dgst -sha256 -verify "$public" -signature "$signature/payload.sig" "$signature/payload.json" >/dev/null 2>&1 \
  || fail "the signature in $signature is not by this key"
signed=$(jq --raw-output '.critical | .identity["docker-reference"] + "@" + .image["docker-manifest-digest"]' "$signature/payload.json")
[[ "$signed" == "$reference" ]] || fail "signed is $signed, not $reference"
echo "$reference is signed"
