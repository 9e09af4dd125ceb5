#!/usr/bin/env bash
# Registers what Terraform's plan takes for granted in a subscription.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: platform/register.sh --subscription ID

Encryption at host is a feature that a subscription registers once, which takes
minutes; until then Azure refuses every node and agent that asks for it.
https://learn.microsoft.com/azure/aks/enable-host-encryption

Example:
  platform/register.sh --subscription 00000000-0000-0000-0000-000000000000
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/../steps/lib.sh"

subscription=''
parse "$@" -- subscription
needs subscription
feature=(--subscription "$subscription" --namespace Microsoft.Compute --name EncryptionAtHost)
az feature register "${feature[@]}" --output none
for _ in {1..60}; do
  state=$(az feature show "${feature[@]}" --query properties.state --output tsv)
  [[ "$state" != Registered ]] || break
  sleep 30
done
[[ "$state" == Registered ]] || fail "EncryptionAtHost is $state after half an hour; run this again"
az provider register --subscription "$subscription" --namespace Microsoft.Compute --wait
echo "EncryptionAtHost is registered in $subscription"
