#!/usr/bin/env bash
# Looks, after a deployment, whether what runs is what was meant, and whether what is closed is closed.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/verify.sh --reference REGISTRY/NAME@sha256:… --place cluster|engine:PORT --address URL [--ca FILE]

Example:
  steps/verify.sh --reference "$REFERENCE" --place cluster --address https://claims.example.com
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

reference='' place='' address='' ca=''
parse "$@" -- reference place address ca
needs reference place address
check_place "$place"
check_reference "$reference"
running=$(current_image "$place")
[[ "$running" == "$reference" ]] || fail "runs ${running:-nothing}, not $reference"
status() {
  curl --silent --show-error --max-time 10 ${ca:+--cacert "$ca"} --output /dev/null --write-out '%{http_code}' "$address$1"
}
for wanted in '200 /service/a/v2/healthz' '404 /service/a/v2/metrics' '404 /service/a/v2/invocations' \
  '404 /service/a/v2/readyz'; do
  found=$(status "${wanted#* }")
  [[ "$found" == "${wanted% *}" ]] || fail "$address${wanted#* } answers $found, not ${wanted% *}"
done
echo "$reference runs; health is open, metrics and SageMaker's paths are closed"
