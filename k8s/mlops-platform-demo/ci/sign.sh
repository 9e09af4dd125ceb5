#!/usr/bin/env bash
# Signs an image by its digest.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/sign.sh IMAGE@DIGEST

Signs with cosign: by the identity of the workflow that runs it or, where COSIGN_KEY
names a key (awskms:///alias/…), with that.

Examples:
  ci/sign.sh "$REGISTRY/mlops/therapy-pipeline@$DIGEST"
  COSIGN_KEY=awskms:///alias/images ci/sign.sh "$REGISTRY/mlops/therapy-pipeline@$DIGEST"
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/ci/lib.sh
source "$(dirname "$0")/lib.sh"

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
esac
[[ $# -eq 1 && "$1" == *@* ]] || misuse 'which image? IMAGE@DIGEST: a tag may be another image tomorrow'
check_digest "${1#*@}"
need cosign 'see docs.sigstore.dev'
cosign sign --yes ${COSIGN_KEY:+--key "$COSIGN_KEY"} "$1"
