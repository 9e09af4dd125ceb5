#!/usr/bin/env bash
# Makes a customer managed policy and attaches it to a role.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/attach-policy.sh [--replace] [--dry-run] POLICY DOCUMENT ROLE

Makes the policy POLICY from the JSON file DOCUMENT and attaches it to ROLE.
Where the policy exists and says the same, it is only attached. Where it says
something else, nothing is changed, unless --replace makes the document its new
default version: that changes the rights of everyone who has the policy.

Options:
  --replace  make DOCUMENT the default version of a policy that says something else
  --dry-run  show the calls that would be made, change nothing

Example:
  scripts/attach-policy.sh developer_level2-read-logs read-logs.json developer_level2
TEXT
}

dry_run=false replace=false arguments=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=true ;;
    --replace) replace=true ;;
    -*)
      echo "${0##*/}: unknown option $1; see --help" >&2
      exit 2
      ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

# shellcheck source=scripts/lib/aws.sh
source "$(dirname "$0")/lib/aws.sh"
require_tool python3 'it compares policies'

[[ ${#arguments[@]} -eq 3 ]] || misuse 'three arguments are needed, POLICY, DOCUMENT and ROLE'
policy=${arguments[0]} document=${arguments[1]} role=${arguments[2]}
[[ "$policy" =~ ^[A-Za-z0-9+=,.@_-]{1,128}$ ]] \
  || fail "'$policy' cannot be a policy's name: 1 to 128 letters, digits and any of + = , . @ _ -"
[[ -f "$document" && -r "$document" ]] || fail "there is no file '$document' that can be read"

# One spelling for JSON that says the same, whatever its blanks and the order of its names.
canonical() {
  python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin), sort_keys=True, separators=(",", ":")))' \
    2>/dev/null
}

wanted=$(canonical <"$document") || fail "'$document' is not JSON"

# Before anything is made: a policy without its role would be left behind.
if ! call iam get-role --role-name "$role" >/dev/null; then
  refused_with NoSuchEntity || explain
  fail "there is no role '$role'"
fi

# The caller's ARN holds the partition and the account: arn:aws:iam::123456789012:user/vera.
IFS=: read -r _ partition _ _ account _ < <(call sts get-caller-identity --query Arn --output text) || explain
arn=arn:$partition:iam::$account:policy/$policy

if version=$(call iam get-policy --policy-arn "$arn" --query Policy.DefaultVersionId --output text); then
  present=$(call iam get-policy-version --policy-arn "$arn" --version-id "$version" \
    --query PolicyVersion.Document --output json) || explain
  if [[ "$(canonical <<<"$present")" == "$wanted" ]]; then
    echo "the policy '$policy' is there and says the same"
  elif [[ "$replace" == false ]]; then
    fail "the policy '$policy' is there and says something else; --replace makes '$document' its new version"
  elif ! change iam create-policy-version --policy-arn "$arn" --policy-document "$wanted" --set-as-default; then
    refused_with LimitExceeded || explain
    fail "the policy '$policy' has five versions, which is the most; remove one with aws iam delete-policy-version"
  elif [[ "$dry_run" == false ]]; then
    echo "the policy '$policy' has a new version"
  fi
else
  refused_with NoSuchEntity || explain
  change iam create-policy --policy-name "$policy" --policy-document "$wanted" || explain
  [[ "$dry_run" == true ]] || echo "made the policy '$policy'"
fi

change iam attach-role-policy --role-name "$role" --policy-arn "$arn" || explain
[[ "$dry_run" == true ]] || echo "the role '$role' has the policy '$policy'"
