#!/usr/bin/env bash
# Calls the checking tools one after another, as one would without the harness: what the harness is measured against.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/check-by-hand.sh FOLDER [FILE]

Runs terraform, shellcheck, shfmt, trivy and swift format over a copy of this
repository in FOLDER, or what checks one shell script, manifest or Terraform
file in it, and prints for each call the seconds that it took. The tools are taken from the PATH.

Example:
  scripts/check-by-hand.sh /tmp/copy scripts/lock-pins.sh
TEXT
}

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
  '')
    usage >&2
    exit 2
    ;;
esac

# Prints the seconds of a call whose output nobody needs.
timed() {
  local start=$EPOCHREALTIME
  "$@" >/dev/null 2>&1 || {
    echo "check-by-hand: failed: $*" >&2
    exit 1
  }
  awk -v from="$start" -v to="$EPOCHREALTIME" -v what="$*" 'BEGIN { printf "%.3f %s\n", to - from, what }'
}

cd "$1" 2>/dev/null || {
  echo "check-by-hand: '$1' is not a folder that can be entered" >&2
  exit 2
}
[[ -z "${2:-}" || -f "$2" ]] || {
  echo "check-by-hand: there is no file '$2' in '$1'" >&2
  exit 2
}
trivy_options=(--quiet --format json --skip-check-update --skip-version-check --offline-scan)

if [[ -n "${2:-}" ]]; then
  case "$2" in
    *.tf)
      module=${2%/*}
      timed terraform fmt -check "$2"
      timed terraform -chdir="$module" init -backend=false
      timed terraform -chdir="$module" validate
      timed terraform -chdir="$module" test
      timed trivy fs --scanners misconfig "${trivy_options[@]}" "$module"
      ;;
    *.yaml) timed trivy fs --scanners misconfig "${trivy_options[@]}" "$2" ;;
    *)
      timed shellcheck --external-sources "$2"
      timed shfmt --list "$2"
      ;;
  esac
  timed trivy fs --scanners secret "${trivy_options[@]}" "$2"
  exit 0
fi

timed terraform fmt -check -recursive
for module in terraform/modules/* terraform/stacks/*; do
  timed terraform -chdir="$module" init -backend=false
  timed terraform -chdir="$module" validate
  timed terraform -chdir="$module" test
done
mapfile -t scripts < <(find . -name '*.sh' -o -path './.ci/run')
timed shellcheck --external-sources "${scripts[@]}"
timed shfmt --list "${scripts[@]}"
mapfile -t sources < <(find . -name '*.swift')
timed swift format lint --strict "${sources[@]}"
timed trivy fs --scanners misconfig "${trivy_options[@]}" terraform
timed trivy fs --scanners secret "${trivy_options[@]}" .
