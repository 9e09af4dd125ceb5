#!/usr/bin/env bash
# Packs what is committed, whole and by exercise; the same commit gives the same bytes.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/submission.sh [--out DIR]

Writes submission.zip, the whole of the last commit, and submission-a.zip to
submission-e.zip, one for each exercise: the README, SUBMISSION.md, docs, the
licence, and each top folder that requirements.yaml names an artifact of the exercise in.

Examples:
  scripts/submission.sh
  scripts/submission.sh --out /tmp && sha256sum /tmp/submission*.zip
TEXT
}

fail() {
  echo "submission.sh: $1" >&2
  exit "${2:-1}"
}

out=.
while (($# > 0)); do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --out)
      (($# > 1)) || fail '--out needs a folder' 2
      out=$2
      shift 2
      ;;
    *) fail "there is no argument '$1'; see --help" 2 ;;
  esac
done
[[ -d "$out" ]] || fail "there is no folder $out" 2
out=$(cd "$out" && pwd)

cd "$(dirname "$0")/.."
git rev-parse --verify --quiet HEAD >/dev/null || fail 'nothing is committed here'
[[ -z "$(git status --porcelain)" ]] || echo 'submission.sh: what is not committed is not in it' >&2
scratch=$(mktemp -d "$out/.submission.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# A zip holds times of the clock on the wall.
export TZ=UTC

# pack NAME [PATH…]
pack() {
  git archive --format=zip -9 --prefix="$1/" --output="$scratch/$1.zip" HEAD -- "${@:2}"
}

# The first parts of the paths of an exercise's artifacts.
folders() {
  git show HEAD:requirements.yaml | awk -v letter="$1" '
    $1 == "-" && $2 == "id:" { wanted = substr($3, 1, 1) == letter }
    wanted && $1 == "artifacts:" {
      sub(/^[^[]*\[/, "")
      sub(/\].*/, "")
      count = split($0, paths, / *, */)
      for (i = 1; i <= count; i++) { sub(/\/.*/, "", paths[i]); print paths[i] }
    }' | sort -u
}

pack submission
for letter in A B C D E; do
  mapfile -t paths < <(folders "$letter")
  ((${#paths[@]} > 0)) || fail "requirements.yaml names no artifact of exercise $letter"
  pack "submission-${letter,}" README.md SUBMISSION.md LICENSE docs "${paths[@]}"
done
mv "$scratch"/*.zip "$out/"
(cd "$out" && sha256sum submission.zip submission-[a-e].zip)
