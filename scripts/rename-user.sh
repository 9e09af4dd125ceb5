#!/usr/bin/env bash
# Changes the name of an IAM user.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/rename-user.sh [--dry-run] OLD NEW

Renames the IAM user OLD to NEW. Keys, groups, policies and MFA device stay
with the user. A second run finds the work done and changes nothing.

Policies that name the old ARN as a resource do not follow; look for it first.
Trust and bucket policies do follow: AWS keeps the user's id in them.

Options:
  --dry-run  show the call that would be made, change nothing

Example:
  scripts/rename-user.sh vera vera2
TEXT
}

dry_run=false
names=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=true ;;
    -*)
      echo "${0##*/}: unknown option $1; see --help" >&2
      exit 2
      ;;
    *) names+=("$1") ;;
  esac
  shift
done

# shellcheck source=scripts/lib/aws.sh
source "$(dirname "$0")/lib/aws.sh"

[[ ${#names[@]} -eq 2 ]] || misuse 'two names are needed, OLD and NEW'
old=${names[0]} new=${names[1]}
for name in "$old" "$new"; do
  [[ "$name" =~ ^[A-Za-z0-9+=,.@_-]{1,64}$ ]] \
    || fail "'$name' cannot be a user's name: 1 to 64 letters, digits and any of + = , . @ _ -"
done
[[ "$old" != "$new" ]] || fail "both names are '$old'"

exists() {
  call iam get-user --user-name "$1" >/dev/null && return
  refused_with NoSuchEntity || explain
  return 1
}

old_exists=false new_exists=false
if exists "$old"; then old_exists=true; fi
if exists "$new"; then new_exists=true; fi

case "$old_exists,$new_exists" in
  true,true) fail "the user '$new' exists already; '$old' keeps its name" ;;
  false,false) fail "there is no user '$old'" ;;
  false,true)
    echo "nothing to do: there is no user '$old' and there is '$new'"
    exit 0
    ;;
esac

change iam update-user --user-name "$old" --new-user-name "$new" || explain
if [[ "$dry_run" == false ]]; then
  echo "renamed '$old' to '$new'"
fi
