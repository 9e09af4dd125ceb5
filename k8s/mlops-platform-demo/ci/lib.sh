# shellcheck shell=bash
# What the steps share; sourced, never run.

platform=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$platform/lib/common.sh"

# Prints the Python of the locked packages, after making it where it is not there yet or is of another lock.
python() {
  local environment=${CI_ENVIRONMENT:-$platform/.venv} lock
  lock=$(cat "$platform"/{pipeline,story,ci}/requirements.txt | sha256sum)
  if [[ "$(cat "$environment/lock" 2>/dev/null)" != "$lock" ]]; then
    need uv 'pip install uv'
    uv venv --quiet --python 3.11 --clear "$environment"
    uv pip sync --quiet --python "$environment" --require-hashes "$platform"/{pipeline,story,ci}/requirements.txt
    printf '%s\n' "$lock" >"$environment/lock"
  fi
  printf '%s\n' "$environment/bin/python"
}

# $1 what was given
check_digest() {
  [[ "$1" =~ ^sha256:[0-9a-f]{64}$ ]] || misuse "'$1' is not a digest; one is sha256: and 64 of 0-9a-f"
  [[ "$1" != "sha256:$(printf '0%.0s' {1..64})" ]] || misuse 'the digest is zeros: no registry gave it'
}

# Where Argo CD's branches come from, and where they are kept here.
remote=${CI_REMOTE:-origin}
tips=refs/ci

# $1 branch; one that is not there yet is not an error
fetch() {
  local heads
  heads=$(git -C "$platform" ls-remote --heads "$remote" "$1") || fail "the remote '$remote' does not answer"
  [[ -n "$heads" ]] || return 0
  git -C "$platform" fetch --quiet "$remote" "+refs/heads/$1:$tips/$1"
}

# $1 digest; fails unless it is what the branch `staging` has, in each overlay
in_staging() {
  local overlay path found
  git -C "$platform" rev-parse --quiet --verify "$tips/staging" >/dev/null || fail 'there is no branch staging yet'
  path=$(git -C "$platform" rev-parse --show-prefix)
  for overlay in mlflow models; do
    found=$(git -C "$platform" show "$tips/staging:${path}overlays/staging/$overlay/kustomization.yaml" \
      | sed -n 's/^    digest: //p')
    [[ "$found" == "$1" ]] || fail "staging runs $found as $overlay, not $1; what production gets was in staging first"
  done
}

# $1 overlay, $2 name, $3 digest
set_image() {
  local file=$1/kustomization.yaml images
  [[ "$(grep -c '^    digest: sha256:' "$file")" == 1 ]] || fail "$file does not have one digest"
  sed -i -e '/^    newName: /d' -e "s|^    digest: .*|    newName: $2\n    digest: $3|" "$file"
  images=$(kubectl kustomize "$1" | grep -oE '[^ "]+/therapy-pipeline([@:][^ "]*)?' | sort -u) \
    || fail "$1 does not build, or runs no image of ours"
  [[ "$images" == "$2@$3" ]] || fail "$1 would run ${images//$'\n'/ and }"
}

# Notes in OVERLAY from which COMMIT a retraining there trains.
set_commit() {
  local file=$1/kustomization.yaml
  sed -i -E "s/(\"code_commit\": \")[^\"]*/\1$2/" "$file"
  grep -q "\"code_commit\": \"$2\"" "$file" || fail "$file names no commit for a retraining"
}
