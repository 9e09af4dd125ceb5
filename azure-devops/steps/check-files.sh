#!/usr/bin/env bash
# Proves which files are in the image: those of the list, and no shell.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/check-files.sh --image NAME:TAG

Compares our files in the image with azure-devops/image-files.txt, in both
directions, and refuses a program other than Python and anything that others may write.

Example:
  steps/check-files.sh --image claims-model:42
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

image=''
parse "$@" -- image
needs image
docker=${DOCKER:-docker}
scratch=$(mktemp -d)
container=$("$docker" create "$image")
trap '"$docker" rm "$container" >/dev/null; rm -rf "$scratch"' EXIT
"$docker" export "$container" | tar --list --verbose --numeric-owner >"$scratch/all"
# Mode and name; the engine's own entries are no part of the image.
awk '{print $1, $6}' "$scratch/all" | grep -vE ' (dev|proc|sys|etc/(hosts|hostname|resolv.conf|mtab))(/|$)' >"$scratch/files"

sed -n 's/^-[^ ]* \(app\/.*\)/\1/p' "$scratch/files" | grep -v '^app/packages/\|/__pycache__/' | sort >"$scratch/ours"
diff --unified=0 <(sort "$repository/azure-devops/image-files.txt") "$scratch/ours" >"$scratch/differences" \
  || fail "the image does not hold the listed files: $(grep '^[-+][^-+]' "$scratch/differences" | tr '\n' ' ')"
programs=$(awk '$1 ~ /^-..x/ && $2 ~ /(^|\/)s?bin\// {print $2}' "$scratch/files" | grep -v '/python3[0-9.]*m\?$' || true)
[[ -z "$programs" ]] || fail "the image holds programs other than Python: ${programs//$'\n'/ }"
writable=$(awk '$1 ~ /^[-d]/ && (substr($1, 6, 1) == "w" || substr($1, 9, 1) == "w") {print $2}' "$scratch/files")
[[ -z "$writable" ]] || fail "others than root can write: ${writable//$'\n'/ }"
echo "$image: $(wc -l <"$scratch/ours") files of ours, as listed; no shell; nothing that others can write"
