#!/usr/bin/env bash
# Says whether an image may go to production: it runs in staging, and we signed it.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/approve.sh IMAGE@DIGEST

The branch `staging` of the remote (CI_REMOTE, else origin) must have the digest, and
cosign must find a signature by COSIGN_KEY or, without one, by the identity
COSIGN_IDENTITY that GitHub vouches for. Runs after a person has approved, as part of
the job that waited for it.

Example:
  COSIGN_IDENTITY=https://github.com/example/infrastructure/.github/workflows/ci-cd.yaml@refs/heads/main \
    ci/approve.sh "$REGISTRY/mlops/therapy-pipeline@$DIGEST"
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
[[ $# -eq 1 && "$1" == *@* ]] || misuse 'which image? IMAGE@DIGEST'
check_digest "${1#*@}"
[[ -n "${COSIGN_KEY:-}${COSIGN_IDENTITY:-}" ]] || misuse 'whose signature? set COSIGN_IDENTITY or COSIGN_KEY'
fetch staging
in_staging "${1#*@}"
need cosign 'see docs.sigstore.dev'
if [[ -n "${COSIGN_KEY:-}" ]]; then
  cosign verify --key "$COSIGN_KEY" "$1" >/dev/null
else
  cosign verify --certificate-identity "$COSIGN_IDENTITY" \
    --certificate-oidc-issuer https://token.actions.githubusercontent.com "$1" >/dev/null
fi
echo "approved: $1 runs in staging and is signed"
