#!/usr/bin/env bash
# Packs the S3 processor for Lambda: one executable in a zip.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/package-lambda.sh [--help] [--executable FILE] [ZIP]

Builds the executable bootstrap for release, strips it, and packs it into ZIP
(.build/bootstrap.zip by default). With --executable it packs that file instead.
The same executable gives the same bytes.
Run it on Amazon Linux 2023, in the image of Sources/LambdaBootstrap/Containerfile:
an executable that needs a newer C library or Swift's shared libraries does not start
in Lambda, and is refused. FOR_THIS_MACHINE=1 packs it all the same.

Examples:
  scripts/package-lambda.sh
  scripts/package-lambda.sh claims.zip
  FOR_THIS_MACHINE=1 scripts/package-lambda.sh --executable .build/debug/bootstrap claims.zip
TEXT
}

refuse() {
  echo "package-lambda: $2" >&2
  exit "$1"
}

executable=
case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
  --executable)
    (($# > 1)) || refuse 2 "--executable needs a file; see --help"
    executable="$2"
    [[ -f "$executable" ]] || refuse 2 "there is no file $executable"
    shift 2
    ;;
esac
if (($# > 1)) || [[ "${1:-}" == -* ]]; then
  refuse 2 "expected one ZIP at most, got: $*; see --help"
fi

root="$(cd "$(dirname "$0")/.." && pwd)"
zip="${1:-$root/.build/bootstrap.zip}"
# What Amazon Linux 2023 brings.
newest=2.34

for tool in swift strip objdump python3; do
  command -v "$tool" >/dev/null || refuse 2 "$tool is not on the PATH"
done

stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT

if [[ -z "$executable" ]]; then
  # BoringSSL without its large tables: handshakes are slower, and few.
  small=(-Xcc -DOPENSSL_SMALL -Xcxx -DOPENSSL_SMALL)
  options=(--package-path "$root" -c release --product bootstrap --static-swift-stdlib "${small[@]}")
  swift build "${options[@]}"
  executable="$(swift build "${options[@]}" --show-bin-path)/bootstrap"
fi
strip -o "$stage/bootstrap" "$executable" 2>/dev/null || refuse 2 "$executable is not an executable of this system"

needed="$(objdump -T "$stage/bootstrap" | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -n 1)"
needed="${needed#GLIBC_}"
image="build it in the image of Sources/LambdaBootstrap/Containerfile"
if [[ -z "${FOR_THIS_MACHINE:-}" ]]; then
  # Not `objdump | grep -q`: grep may leave first, and under pipefail objdump's broken pipe would count as "not found".
  libraries="$(objdump -p "$stage/bootstrap" | grep NEEDED || true)"
  if [[ "$libraries" == *libswiftCore* ]]; then
    refuse 1 "the executable needs Swift's shared libraries, which Lambda lacks; $image"
  fi
  if [[ "$(printf '%s\n' "$needed" "$newest" | sort -V | tail -n 1)" != "$newest" ]]; then
    refuse 1 "the executable needs glibc $needed, Lambda has $newest; $image"
  fi
fi

# Python's zip, because it can be told the time: equal input makes equal archives.
python3 - "$stage/bootstrap" "$zip" <<'PYTHON'
import sys
import zipfile

source, target = sys.argv[1:]
entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
entry.external_attr = 0o100755 << 16
with open(source, "rb") as file, zipfile.ZipFile(target, "w") as archive:
    archive.writestr(entry, file.read(), zipfile.ZIP_DEFLATED, 6)
PYTHON
echo "$zip: $(stat -c %s "$zip") bytes, the executable $(stat -c %s "$stage/bootstrap") bytes, glibc $needed"
