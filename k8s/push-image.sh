#!/usr/bin/env bash
# Pushes the image of an application to the cluster's registry on AWS.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: k8s/push-image.sh --image NAME:TAG --repository ADDRESS [--dry-run]

Pushes an image that docker has to an ECR repository, under its own tag, and prints
ADDRESS@DIGEST, which an overlay names. The repository keeps each tag as it is: a
tag that it has is not pushed again.

Options:
  --image NAME:TAG      an image in docker; it must not run as root
  --repository ADDRESS  ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME
  --dry-run             print what would be pushed; sign in to nothing

Example:
  k8s/push-image.sh --image claims:1f0c5a3e \
    --repository 111122223333.dkr.ecr.eu-west-1.amazonaws.com/claims/claims-model
TEXT
}

misuse() {
  echo "push-image: $1; see --help" >&2
  exit 2
}

fail() {
  echo "push-image: $1" >&2
  exit 1
}

image='' repository='' dry_run=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --image | --repository)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --dry-run) dry_run=yes ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
[[ "$image" == *:* ]] || misuse '--image NAME:TAG is needed'
[[ "$repository" =~ ^([0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com)/(.+)$ ]] \
  || misuse "--repository $repository is not an ECR address: use ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME"
registry=${BASH_REMATCH[1]} region=${BASH_REMATCH[2]} name=${BASH_REMATCH[3]} tag=${image##*:}
for program in docker aws; do
  command -v "$program" >/dev/null || fail "$program is not on the PATH"
done

user=$(docker image inspect --format '{{.Config.User}}' "$image" 2>/dev/null) || fail "docker has no image $image"
[[ -n "$user" && "$user" != root && "${user%%:*}" != 0 ]] || fail "$image runs as root"
if [[ -n "$dry_run" ]]; then
  echo "push-image: would push $image to $repository:$tag" >&2
  exit 0
fi

# The digest of the tag, or nothing. A repository that is missing is an error.
digest() {
  aws ecr list-images --region "$region" --repository-name "$name" --filter tagStatus=TAGGED --output text \
    --query "imageIds[?imageTag=='$tag'].imageDigest"
}

found=$(digest) || fail "the repository $name cannot be read; apply terraform/stacks/cluster first"
if [[ -z "$found" ]]; then
  aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$registry" >/dev/null \
    || fail "$registry does not let docker in"
  docker tag "$image" "$repository:$tag"
  docker push --quiet "$repository:$tag" >/dev/null || fail "$repository:$tag could not be pushed"
  found=$(digest)
fi
[[ "$found" == sha256:* ]] || fail "$repository:$tag has no digest"
echo "$repository@$found"
