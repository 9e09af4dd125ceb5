#!/usr/bin/env bash
# Trains a candidate with the pipeline's own steps, on this machine.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/train.sh --out FOLDER [--days N] [--trials N] [--seed N]

Runs the whole pipeline, its gate among the steps, with a registry of its own, and
leaves model.onnx and lineage.json in FOLDER. A candidate that the gate refuses
ends it with 1 and every reason.

Options:
  --out FOLDER   where the candidate goes; made, or empty
  --days N       days of sessions, 1 to 999; default: 60
  --trials N     settings that are tried, 1 to 99; default: 4
  --seed N       of the sessions, 1 to 9999; default: 1

Example:
  ci/train.sh --out build/candidate
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/ci/lib.sh
source "$(dirname "$0")/lib.sh"

out='' days=60 trials=4 seed=1
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --out | --days | --trials | --seed)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done
[[ -n "$out" ]] || misuse 'where to? --out FOLDER'
[[ "$days" =~ ^[1-9][0-9]{0,2}$ ]] || misuse "'$days' is not a number of days from 1 to 999"
[[ "$trials" =~ ^[1-9][0-9]?$ ]] || misuse "'$trials' is not a number of trials from 1 to 99"
[[ "$seed" =~ ^[1-9][0-9]{0,3}$ ]] || misuse "'$seed' is not a seed from 1 to 9999"
mkdir -p "$out"
[[ -z "$(ls -A "$out")" ]] || fail "'$out' is not empty"
out=$(cd "$out" && pwd)

python=$(python)
commit=$(git -C "$platform" rev-parse HEAD 2>/dev/null) || fail 'a candidate needs the commit of its code; this is not a git repository'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PYTHONPATH=$platform/pipeline "$python" "$platform/ci/train.py" --work "$work" --out "$out" \
  --days "$days" --trials "$trials" --seed "$seed" --commit "$commit"
