#!/usr/bin/env bash
# Signs the image's digest, with a certificate in Key Vault or a key in a file.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/sign.sh --reference REGISTRY/NAME@sha256:… --key KEY

With a certificate in Key Vault notation signs, and the signature lies in the
registry beside the image, where every later deployment and the cluster's admission
find it. With a file, the signature lies beside the file.

Options:
  --key  https://VAULT.vault.azure.net/certificates/NAME, whose private half never
         leaves the vault, or a file with a private key

Examples:
  steps/sign.sh --reference "$REFERENCE" --key https://claims-keys.vault.azure.net/certificates/images
  steps/sign.sh --reference "$REFERENCE" --key key.pem
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

reference='' key=''
parse "$@" -- reference key
needs reference key
check_reference "$reference"
if [[ "$key" == https://* ]]; then
  # https://learn.microsoft.com/azure/container-registry/container-registry-tutorial-sign-build-push
  kid=$(az keyvault certificate show --id "$key" --query kid --output tsv)
  notation sign --signature-format cose --id "$kid" --plugin azure-kv --plugin-config self_signed=true \
    --plugin-config credential_type=azurecli "$reference"
else
  signature=$key.signatures/${reference#*@sha256:}
  mkdir -p "$key.signatures"
  printf %s "$reference" | openssl dgst -sha256 -sign "$key" -out "$signature"
fi
echo "signed: $reference"
