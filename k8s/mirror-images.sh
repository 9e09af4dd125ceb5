#!/usr/bin/env bash
# Copies the images of others that the cluster on AWS runs to its own registry.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: k8s/mirror-images.sh --registry ADDRESS [--list FILE] [--dry-run]

Copies each image of the list to the registry, all platforms, under the name that
it has behind its host. The digest stays the same. An image with a tag keeps the
tag; one without is tagged by its digest, because ECR's lifecycle policy deletes
untagged images. An image that is there already is not copied again. Run it on a
machine that reaches both registries. Prints ADDRESS/NAME@DIGEST for each image.

Options:
  --registry ADDRESS  ACCOUNT.dkr.ecr.REGION.amazonaws.com, or 127.0.0.1:PORT for
                      a registry on this machine, without TLS
  --list FILE         images to copy; default: k8s/images.txt
  --dry-run           print what would be copied; call nothing

Example:
  k8s/mirror-images.sh --registry 111122223333.dkr.ecr.eu-west-1.amazonaws.com
TEXT
}

misuse() {
  echo "mirror-images: $*; see --help" >&2
  exit 2
}

fail() {
  echo "mirror-images: $*" >&2
  exit 1
}

registry='' list=$(dirname "$0")/images.txt dry_run=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --registry | --list)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --dry-run) dry_run=yes ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
ecr='^[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com$'
here='^127\.0\.0\.1:[0-9]{1,5}(/|$)'
[[ "$registry" =~ $ecr || "$registry" =~ ^127\.0\.0\.1:[0-9]{1,5}$ ]] \
  || misuse "--registry '$registry' is not a registry: use ACCOUNT.dkr.ecr.REGION.amazonaws.com"
[[ -f "$list" ]] || fail "list $list not found"

# Every line is read before anything is copied.
images=()
while IFS= read -r line || [[ -n "$line" ]]; do
  [[ -n "$line" && "$line" != '#'* ]] || continue
  [[ "$line" =~ ^([a-z0-9.-]+\.[a-z0-9]+(:[0-9]+)?)/([a-z0-9/._-]+)(:([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(@(sha256:[0-9a-f]{64}))?$ ]] \
    || fail "$list: '$line' is not HOST/NAME:TAG, HOST/NAME@DIGEST or HOST/NAME:TAG@DIGEST"
  tag=${BASH_REMATCH[5]} digest=${BASH_REMATCH[7]}
  [[ -n "$tag$digest" ]] || fail "$list: '$line' has neither a tag nor a digest"
  images+=("${BASH_REMATCH[1]} ${BASH_REMATCH[3]} ${tag:--} ${digest:--}")
done <"$list"
((${#images[@]})) || fail "$list names no image"

if [[ -z "$dry_run" ]]; then
  for program in skopeo sha256sum; do
    command -v "$program" >/dev/null || fail "$program is not on the PATH"
  done
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  # The password lives for twelve hours: not in the file of this user.
  authentication=(--authfile "$scratch/authentication.json")
  echo '{}' >"$scratch/authentication.json"
  if [[ "$registry" =~ $ecr ]]; then
    command -v aws >/dev/null || fail 'aws is not on the PATH'
    aws ecr get-login-password --region "${BASH_REMATCH[1]}" \
      | skopeo login "${authentication[@]}" --username AWS --password-stdin "$registry" >/dev/null \
      || fail "cannot sign in to $registry"
  fi
fi

# Whether TLS is demanded of the registry of an image: not on this machine.
verify() {
  if [[ "$1" =~ $here ]]; then echo false; else echo true; fi
}

# Prints the digest of an image. $1 its name, then options of skopeo.
digest_of() {
  skopeo inspect --raw --tls-verify="$(verify "$1")" "${@:2}" "docker://$1" >"$scratch/manifest" 2>"$scratch/errors" \
    || return 1
  printf 'sha256:%s\n' "$(sha256sum <"$scratch/manifest" | cut -d ' ' -f 1)"
}

for image in "${images[@]}"; do
  read -r host name tag digest <<<"$image"
  source=$host/$name
  if [[ "$digest" != - ]]; then source+=@$digest; else source+=:$tag; fi
  [[ "$tag" != - ]] || tag=${digest:7:12}
  place=$registry/$name:$tag
  if [[ -n "$dry_run" ]]; then
    echo "mirror-images: would copy $source to $place" >&2
    continue
  fi
  # Copy by digest: a tag could move in the meantime.
  if [[ "$digest" == - ]]; then
    digest=$(digest_of "$source") || fail "$source cannot be read: $(tail -n 1 "$scratch/errors")"
  fi
  there=$(digest_of "$place" "${authentication[@]}") || there=''
  if [[ -n "$there" && "$there" != "$digest" ]]; then
    fail "$place is $there, not $digest: a tag names one image for ever; find out which one is right"
  fi
  if [[ -z "$there" ]]; then
    echo "mirror-images: copying $source" >&2
    skopeo copy --quiet --all --preserve-digests --src-tls-verify="$(verify "$source")" \
      --dest-tls-verify="$(verify "$place")" --dest-authfile "$scratch/authentication.json" \
      "docker://$host/$name@$digest" "docker://$place" 2>"$scratch/errors" \
      || fail "$source cannot be copied to $place: $(tail -n 1 "$scratch/errors")"
    [[ "$(digest_of "$place" "${authentication[@]}")" == "$digest" ]] || fail "$place is not $digest after the copy"
  fi
  echo "$registry/$name@$digest"
done
