#!/usr/bin/env bash
# Opens a ticket in Azure Boards, unless one with the same tag is open.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/ticket.sh --organization URL --project NAME --tag TAG --title TEXT --text TEXT

$SYSTEM_ACCESSTOKEN is the run's own token, whose build service may edit work items.

Example:
  steps/ticket.sh --organization https://dev.azure.com/example/ --project claims --tag drift --title 'Predictions moved' --text "$URL"
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

organization='' project='' tag='' title='' text=''
parse "$@" -- organization project tag title text
needs organization project tag title text
[[ -n "${SYSTEM_ACCESSTOKEN:-}" ]] || fail 'SYSTEM_ACCESSTOKEN is not handed in'
# https://learn.microsoft.com/rest/api/azure/devops/wit/
base=${organization%/}/$(jq --null-input --raw-output --arg name "$project" '$name | @uri')/_apis/wit
call() {
  # By a file: an argument is seen by every process.
  curl --silent --show-error --fail-with-body --max-time 30 --request POST \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$SYSTEM_ACCESSTOKEN") --header "Content-Type: $1" --data "$2" "$3"
}
query=$(jq --null-input --compact-output --arg tag "$tag" '{query: ("SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND [System.Tags] CONTAINS '\''" + $tag + "'\'' AND [System.State] NOT IN ('\''Done'\'', '\''Closed'\'', '\''Removed'\'', '\''Resolved'\'')")}')
open=$(call application/json "$query" "$base/wiql?api-version=7.1" | jq --raw-output '.workItems[0].id // empty')
if [[ -n "$open" ]]; then
  echo "work item $open is open already"
  exit 0
fi
item=$(jq --null-input --compact-output --arg title "$title" --arg text "$text" --arg tag "$tag" '[{title: "Title", value: $title},
  {title: "Description", value: $text}, {title: "Tags", value: $tag}]
  | map({op: "add", path: "/fields/System.\(.title)", value: .value})')
call application/json-patch+json "$item" "$base/workitems/\$Issue?api-version=7.1" | jq --raw-output '"work item \(.id) is opened"'
