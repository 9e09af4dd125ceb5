#!/usr/bin/env bash
# Builds the S3 processor and packs it for Lambda: one static executable in a zip.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/package-lambda.sh [--help] [ZIP]

Builds the executable bootstrap for release, strips it, and packs it into ZIP
(.build/bootstrap.zip by default). The same executable gives the same bytes.
Run it on Amazon Linux 2023, in the image of Sources/LambdaBootstrap/Containerfile:
an executable built with a newer C library does not start in Lambda, and is refused.

Examples:
  scripts/package-lambda.sh
  scripts/package-lambda.sh /tmp/claims.zip
  ANY_GLIBC=1 scripts/package-lambda.sh    # for an emulator on this machine
TEXT
}

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
  -*)
    usage >&2
    exit 2
    ;;
esac
if (($# > 1)); then
  usage >&2
  exit 2
fi

root="$(cd "$(dirname "$0")/.." && pwd)"
zip="${1:-$root/.build/bootstrap.zip}"
# What Amazon Linux 2023 brings.
newest=2.34

for tool in swift strip objdump python3; do
  if ! command -v "$tool" >/dev/null; then
    echo "package-lambda: $tool is not on the PATH" >&2
    exit 2
  fi
done

stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT

swift build --package-path "$root" -c release --product bootstrap --static-swift-stdlib
binaries="$(swift build --package-path "$root" -c release --show-bin-path)"
strip -o "$stage/bootstrap" "$binaries/bootstrap"

needed="$(objdump -T "$stage/bootstrap" | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -n 1)"
needed="${needed#GLIBC_}"
if [[ -z "${ANY_GLIBC:-}" && "$(printf '%s\n' "$needed" "$newest" | sort -V | tail -n 1)" != "$newest" ]]; then
  echo "package-lambda: the executable needs glibc $needed, Lambda has $newest;" \
    "build it in the image of Sources/LambdaBootstrap/Containerfile" >&2
  exit 1
fi

# Python's zip, because it can be told the time: equal input makes equal archives.
python3 - "$stage/bootstrap" "$zip" <<'PYTHON'
import sys
import zipfile

source, target = sys.argv[1:]
entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
entry.external_attr = 0o100755 << 16
with open(source, "rb") as file, zipfile.ZipFile(target, "w") as archive:
    archive.writestr(entry, file.read(), zipfile.ZIP_DEFLATED, 9)
PYTHON
echo "$zip: $(stat -c %s "$zip") bytes, the executable $(stat -c %s "$stage/bootstrap") bytes, glibc $needed"
