#!/usr/bin/env bash
# Looks, after a deployment, whether what runs is what was meant, and whether what is closed is closed.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/verify.sh --images LIST --place cluster|engine:PORT --address URL [--gateway IP] [--ca FILE]

Example:
  steps/verify.sh --images "claims-v1=$V1 claims-v2=$REFERENCE" --place cluster --address https://claims.example.com
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

images='' place='' address='' gateway='' ca=''
parse "$@" -- images place address gateway ca
needs images place address
check_place "$place"
check_images "$images"
running=$(current_images "$place")
for pair in $images; do
  [[ " $running " == *" $pair "* ]] || fail "runs ${running:-nothing}, not $pair"
done
host=${address#https://}
host=${host%%[:/]*}
[[ "$gateway" != none ]] || gateway=''
status() {
  curl --silent --show-error --max-time 10 ${ca:+--cacert "$ca"} ${gateway:+--resolve "$host:443:$gateway"} --output /dev/null --write-out '%{http_code}' "$address$1"
}
for wanted in "200 /service/a/"v{1,2}/healthz "404 /service/a/"v{1,2}/{metrics,invocations,readyz}; do
  found=$(status "${wanted#* }")
  [[ "$found" == "${wanted% *}" ]] || fail "$address${wanted#* } answers $found, not ${wanted% *}"
done
echo "$images runs; health is open, metrics and SageMaker's paths are closed"
