#!/usr/bin/env bash
# Writes an image's digest into an environment's overlays and hands the commit to Argo CD.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/deploy.sh staging | production IMAGE@DIGEST

  staging     the current commit, with the digest in overlays/staging, becomes the
              head of the branch `staging`
  production  what the branch `staging` has, with the digest in overlays/production,
              becomes a branch promote/COMMIT with a pull request into `production`;
              refused where staging runs another digest

Argo CD follows these branches; nothing here talks to a cluster. Overlays that do not
build, or would run another image of ours, are not committed. The work tree is left as
it is. The remote is CI_REMOTE, else origin.

Examples:
  ci/deploy.sh staging "$REGISTRY/mlops/therapy-pipeline@$DIGEST"
  ci/deploy.sh production "$REGISTRY/mlops/therapy-pipeline@$DIGEST"
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/ci/lib.sh
source "$(dirname "$0")/lib.sh"

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
esac
[[ $# -eq 2 && ("$1" == staging || "$1" == production) && "$2" == *@* ]] \
  || misuse 'what, and where to? staging or production, then IMAGE@DIGEST'
environment=$1 name=${2%@*} digest=${2#*@}
check_digest "$digest"
[[ "$name" =~ ^[a-z0-9.:/_-]+/therapy-pipeline$ ]] || misuse "'$name' is not a place of the image therapy-pipeline"
need kubectl 'install version 1.32 or newer'

# What the new commit has in addition to the digest, and its other parent: the branch as it is.
source=HEAD
fetch "$environment"
if [[ "$environment" == production ]]; then
  fetch staging
  in_staging "$digest"
  source=$tips/staging
fi
tip=$(git -C "$platform" rev-parse --quiet --verify "$tips/$environment^{commit}") || tip=''
[[ "$environment" == staging || -n "$tip" ]] \
  || fail "there is no branch production yet; make it once, from a commit that production may run"

scratch=$(mktemp -d)
trap 'git -C "$platform" worktree remove --force "$scratch/tree" 2>/dev/null; rm -rf "$scratch"' EXIT
git -C "$platform" worktree add --quiet --detach "$scratch/tree" "$source"
root=$(git -C "$platform" rev-parse --show-toplevel)
copy=$scratch/tree/${platform#"$root"/}

# Which version of the model serves is released on the environment's own branch (model-deploy/release.sh): a new image
# leaves it as it is.
release=overlays/$environment/models/release/kustomization.yaml
if [[ -n "$tip" ]] && git -C "$platform" cat-file -e "$tip:${platform#"$root"/}/$release" 2>/dev/null; then
  git -C "$platform" show "$tip:${platform#"$root"/}/$release" >"$copy/$release"
fi
for overlay in "$copy/overlays/$environment"/{mlflow,models,drift}; do
  set_image "$overlay" "$name" "$digest"
done
commit=$(git -C "$scratch/tree" rev-parse "$source")
# Production trains from the commit that staging's image was built from, which is not the head of that branch.
built=$commit
[[ "$environment" == staging ]] \
  || built=$(grep -oE '"code_commit": "[0-9a-f]{40}"' "$copy/overlays/staging/drift/kustomization.yaml" | grep -oE '[0-9a-f]{40}') \
  || fail 'staging names no commit that its image was built from; deploy to staging again'
set_commit "$copy/overlays/$environment/drift" "$built"
git -C "$scratch/tree" add --update
tree=$(git -C "$scratch/tree" write-tree)
if [[ -n "$tip" && "$tree" == "$(git -C "$scratch/tree" rev-parse "$tip^{tree}")" ]]; then
  echo "deploy: $environment has $digest already"
  exit 0
fi
# A merge whose content is given: the branch only ever goes forward, and never has a conflict over a digest. Its date
# is that of what it deploys, so that a second run makes the same commit.
date=$(git -C "$scratch/tree" show --no-patch --format=%cI "$commit")
export GIT_AUTHOR_NAME=pipeline GIT_AUTHOR_EMAIL=pipeline@example.com GIT_AUTHOR_DATE=$date
export GIT_COMMITTER_NAME=pipeline GIT_COMMITTER_EMAIL=pipeline@example.com GIT_COMMITTER_DATE=$date
new=$(git -C "$scratch/tree" commit-tree "$tree" ${tip:+-p "$tip"} -p "$commit" -m "$environment: $name@$digest")

branch=$environment
[[ "$environment" == staging ]] || branch=promote/${commit:0:12}
git -C "$platform" push --quiet "$remote" "$new:refs/heads/$branch" \
  || fail "'$branch' was not pushed: somebody else was there first, or may not be there at all; run it again"
echo "deploy: $branch is $new"
[[ "$environment" == production ]] || exit 0
if [[ -z "${GH_TOKEN:-}" ]]; then
  echo 'deploy: open a pull request from it into production; GH_TOKEN is not set'
  exit 0
fi
need gh 'see cli.github.com'
gh pr list --head "$branch" --base production --json url --jq '.[].url' | grep . \
  || gh pr create --base production --head "$branch" --title "production: $digest" \
    --body "What staging runs, commit $commit. Argo CD takes it up in the next sync window after the merge."
