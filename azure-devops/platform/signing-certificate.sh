#!/usr/bin/env bash
# Makes the certificate that signs images, and writes its public half for the pipelines.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: platform/signing-certificate.sh --vault NAME

Run once, and before the certificate expires: by a member of the administrators'
group (Key Vault Certificates Officer), after `az login`, inside the network, since
the vault has no public address. The key is made in the vault's hardware and cannot
leave it. Writes azure-devops/trust/images.pem, which is committed.

Example:
  platform/signing-certificate.sh --vault claims-keys
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=azure-devops/steps/lib.sh
source "$here/../steps/lib.sh"

vault=''
parse "$@" -- vault
needs vault
# What notation asks of a certificate: https://learn.microsoft.com/azure/container-registry/container-registry-tutorial-sign-build-push
policy=$(mktemp)
trap 'rm -f "$policy"' EXIT
cat >"$policy" <<'JSON'
{
  "issuerParameters": {"name": "Self"},
  "keyProperties": {"exportable": false, "keyType": "RSA-HSM", "keySize": 3072, "reuseKey": false},
  "secretProperties": {"contentType": "application/x-pem-file"},
  "x509CertificateProperties": {
    "ekus": ["1.3.6.1.5.5.7.3.3"],
    "keyUsage": ["digitalSignature"],
    "subject": "CN=claims images,O=example,ST=England,C=GB",
    "validityInMonths": 24
  }
}
JSON
az keyvault certificate create --vault-name "$vault" --name images --policy "@$policy" --output none
certificate=$(az keyvault certificate show --vault-name "$vault" --name images --query cer --output tsv)
{
  echo '-----BEGIN CERTIFICATE-----'
  fold --width 64 <<<"$certificate"
  echo '-----END CERTIFICATE-----'
} >"$here/../trust/images.pem"
echo "azure-devops/trust/images.pem: $(openssl x509 -in "$here/../trust/images.pem" -noout -fingerprint -sha256)"
