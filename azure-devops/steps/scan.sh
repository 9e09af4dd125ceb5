#!/usr/bin/env bash
# Lists what is in the image and looks for known vulnerabilities in it.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/scan.sh --image NAME:TAG --out DIR --database required|absent

Writes DIR/sbom.cdx.json (CycloneDX), and DIR/vulnerabilities.json from trivy's
database. A vulnerability that is high or critical and has a fix ends with 1.

Options:
  --database  absent: say that nothing was judged, where the database cannot be
              fetched. A pipeline asks for required.

Example:
  steps/scan.sh --image claims-model:42 --out out --database required
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

image='' out='' database=''
parse "$@" -- image out database
needs image out database
[[ "$database" == required || "$database" == absent ]] || misuse "--database is required or absent, not '$database'"
mkdir -p "$out"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${DOCKER:-docker}" save --output "$scratch/image.tar" "$image"

trivy image --quiet --offline-scan --skip-version-check --format cyclonedx --output "$out/sbom.cdx.json" \
  --input "$scratch/image.tar"
jq --exit-status '.components | map(.name) | contains(["onnxruntime", "numpy", "uvicorn"])' "$out/sbom.cdx.json" >/dev/null \
  || fail "$out/sbom.cdx.json does not name the packages that serve the model"
echo "$out/sbom.cdx.json: $(jq '.components | length' "$out/sbom.cdx.json") components"
if [[ "$database" == absent ]]; then
  echo 'SKIPPED: no database of vulnerabilities here, so nothing was judged'
  exit 0
fi
# The report first: it is wanted most where the verdict is bad.
trivy image --quiet --skip-version-check --scanners vuln --format json --output "$out/vulnerabilities.json" \
  --input "$scratch/image.tar"
trivy image --quiet --skip-version-check --scanners vuln --severity HIGH,CRITICAL --ignore-unfixed --exit-code 1 \
  --input "$scratch/image.tar"
