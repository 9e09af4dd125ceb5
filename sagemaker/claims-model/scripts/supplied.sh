#!/usr/bin/env bash
# Fetches the supplied claims and models, and rebuilds the two files that the supplied scoring needs and lacks.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/supplied.sh --out DIR

Writes to DIR the supplied claims (claims.csv), and to DIR/model the two supplied
models with large_severity.json and model_meta_data.json, which are rebuilt from
the claims. Each file is read from $HARNESS_ASSETS/OWNER/REPO/COMMIT/PATH where
that variable is set, else fetched from GitHub; its SHA-256 is checked. Files that
are there are kept. The files have no licence: they are never committed.

Exits with 3 if a file cannot be fetched.

Example:
  scripts/supplied.sh --out build/supplied
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
place=Hastings-Direct-Interviews/ML_Engineer_Case/6472978698c28a4b94ac2abfcdc9792625539d48

out=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --out)
      [[ -n "${2:-}" ]] || misuse '--out needs a value'
      out=$2
      shift
      ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
[[ -n "$out" ]] || misuse '--out is needed'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Puts the supplied file PATH at TARGET, unless a file with the SHA-256 SUM is there.
get() {
  local path=$1 sum=$2 target=$3 reason
  if ! echo "$sum  $target" | sha256sum --check --status 2>/dev/null; then
    # Nothing is left behind where a file cannot be had.
    if [[ -n "${HARNESS_ASSETS:-}" ]]; then
      cp "$HARNESS_ASSETS/$place/$path" "$scratch/part" 2>/dev/null || reason="is not in $HARNESS_ASSETS"
    else
      curl --silent --show-error --fail --location --proto '=https' --connect-timeout 10 --max-time 120 --retry 2 \
        --output "$scratch/part" "https://raw.githubusercontent.com/$place/$path" 2>/dev/null || reason='cannot be fetched'
    fi
    if [[ -n "${reason:-}" ]]; then
      echo "supplied.sh: $place/$path $reason; name a mirror in HARNESS_ASSETS" >&2
      exit 3
    fi
    echo "$sum  $scratch/part" | sha256sum --check --status || fail "$path does not have the SHA-256 $sum"
    mkdir -p "$(dirname "$target")"
    # Under another name first: a file that is there is whole.
    install -m 644 "$scratch/part" "$target.part"
    mv "$target.part" "$target"
  fi
}

get data/Data_Scientist_Interview_Task.csv f78c3076e83a92b5d02dc76fa608bc2d5c08f88ef7cb01720a30dba443e49237 "$out/claims.csv"
get fnol_attritional_model.cbm f8a00db356a192301d63939675a690e9ef6a02bf59a21d29be33689997543f04 "$out/model/fnol_attritional_model.cbm"
get fnol_large_model.cbm 702f439f12e4721bf5f7585e219707984692e35f1eda23d9218ba1c1094535f2 "$out/model/fnol_large_model.cbm"
python3 "$here/rebuild.py" "$out/claims.csv" "$out"
