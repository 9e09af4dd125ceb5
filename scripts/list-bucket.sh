#!/usr/bin/env bash
# Shows the objects of a bucket, or of one folder in it.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/list-bucket.sh BUCKET[/FOLDER]

Prints time, size and key of each object under FOLDER, separated by tabs.
FOLDER may hold blanks and capitals; a bucket's name may not.

Examples:
  scripts/list-bucket.sh important-data/logs
  scripts/list-bucket.sh 's3://important-data/Important Data/logs'

The exercise's `Important Data/logs` is refused: no bucket can have that name.
TEXT
}

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
  -*)
    echo "${0##*/}: unknown option $1; see --help" >&2
    exit 2
    ;;
esac

# shellcheck source=scripts/lib/aws.sh
source "$(dirname "$0")/lib/aws.sh"

[[ $# -eq 1 ]] || misuse 'exactly one argument is needed, BUCKET[/FOLDER]; quote it where it holds blanks'
place=${1#s3://}
bucket=${place%%/*}
folder=${place#"$bucket"}
folder=${folder#/}
# With the slash, `logs` is the folder and not also what begins with these letters, as `logs-old` does.
[[ -z "$folder" || "$folder" == */ ]] || folder+=/

# C: elsewhere a-z may hold capitals too.
LC_ALL=C
if [[ ! "$bucket" =~ ^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$ ]]; then
  fail "no bucket can be named '$bucket': names are 3 to 63 lower-case letters, digits, dots and hyphens"
fi

found=$(call s3api list-objects-v2 --bucket "$bucket" --prefix "$folder" \
  --query 'Contents[].[LastModified,Size,Key]' --output text) || explain
if [[ -z "$found" || "$found" == None ]]; then
  echo "${0##*/}: nothing under '$bucket/$folder'" >&2
  exit 0
fi
printf '%s\n' "$found"
