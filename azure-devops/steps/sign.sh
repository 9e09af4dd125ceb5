#!/usr/bin/env bash
# Signs the image's digest, with a key in Key Vault or in a file.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/sign.sh --reference REGISTRY/NAME@sha256:… --key KEY --out DIR

Writes DIR/payload.json, which names the digest in the form of containers'
"simple signing", and DIR/payload.sig, RSA with SHA-256 over it.

Options:
  --key  https://VAULT.vault.azure.net/keys/NAME, whose private half never leaves
         the vault, or a file with a private key

Examples:
  steps/sign.sh --reference "$REFERENCE" --key https://claims.vault.azure.net/keys/images --out out
  steps/sign.sh --reference "$REFERENCE" --key key.pem --out out
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

reference='' key='' out=''
parse "$@" -- reference key out
needs reference key out
check_reference "$reference"
mkdir -p "$out"
jq --null-input --compact-output --arg name "${reference%@*}" --arg digest "${reference#*@}" \
  '{critical: {identity: {"docker-reference": $name}, image: {"docker-manifest-digest": $digest}, type: "cosign container image signature"}, optional: null}' \
  >"$out/payload.json"
if [[ "$key" == https://* ]]; then
  sum=$(openssl dgst -sha256 -binary "$out/payload.json" | basenc --base64url | tr -d '=\n')
  az rest --method post --url "$key/sign?api-version=7.4" --resource https://vault.azure.net \
    --headers Content-Type=application/json --body "{\"alg\": \"RS256\", \"value\": \"$sum\"}" --query value --output tsv \
    | tr -d '\n' | awk '{while (length($0) % 4) $0 = $0 "="; print}' | basenc --base64url --decode >"$out/payload.sig"
else
  openssl dgst -sha256 -sign "$key" -out "$out/payload.sig" "$out/payload.json"
fi
echo "$out: signature of ${reference#*@}"
