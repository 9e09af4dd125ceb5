#!/usr/bin/env bash
# Has the tools that a job needs: on an agent of Azure's, fetched by their sums.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: steps/tools.sh --programs 'NAME…'

On an agent, fetches ruff by tools.txt, and of programs.txt those that are named,
into a folder that later steps have on their PATH; with `none` it only waits until
the agent is set up. Elsewhere nothing is fetched: whoever runs the steps has the
tools.

Example:
  steps/tools.sh --programs 'kubectl notation'
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/lib.sh"

programs=''
parse "$@" -- programs
if [[ -z "${TF_BUILD:-}" ]]; then
  echo "not on an agent: ${programs:-ruff} of this machine"
  exit 0
fi
# Our own agents are still being set up when their first job begins.
# Exit code 2 is a warning: https://docs.cloud-init.io/en/latest/explanation/return_codes.html
if command -v cloud-init >/dev/null; then cloud-init status --wait >/dev/null || [[ $? == 2 ]]; fi
[[ "$programs" != none ]] || exit 0
[[ -n "$programs" ]] || {
  python3 -m pip install --quiet --no-deps --require-hashes --requirement "$repository/azure-devops/tools.txt"
  exit 0
}
bin=$AGENT_TEMPDIRECTORY/bin
mkdir -p "$bin"
for program in $programs; do
  read -r address sum < <(sed -n "s/^$program \(.*\)/\1/p" "$repository/azure-devops/programs.txt") \
    || fail "programs.txt has no $program"
  file=$AGENT_TEMPDIRECTORY/${address##*/}
  curl --silent --show-error --fail --location --retry 3 --output "$file" "$address"
  sha256sum --check --status <<<"$sum  $file" || fail "$address has not the sum of programs.txt"
  case "$program" in
    notation-azure-kv) "$bin/notation" plugin install --file "$file" --sha256sum "$sum" ;;
    kubectl) install -m 0755 "$file" "$bin/kubectl" ;;
    *) tar -xzf "$file" -C "$bin" "$program" ;;
  esac
  echo "$program: ${address##*/}"
done
echo "##vso[task.prependpath]$bin"
