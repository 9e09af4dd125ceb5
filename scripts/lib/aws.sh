# shellcheck shell=bash
# What the scripts that call the AWS CLI share; sourced, never run. Region and credentials are the CLI's own matter.

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

misuse() {
  echo "${0##*/}: $*; see --help" >&2
  exit 2
}

# The CLI's own words stay in a file, so that a script can tell an expected refusal from any other.
call() {
  aws "$@" 2>"$errors"
}

refused_with() {
  grep -qF "An error occurred ($1)" "$errors"
}

# The CLI's last line, which is where it says what went wrong.
explain() {
  fail "$(sed '/^[[:space:]]*$/d' "$errors" | tail -n 1)"
}

# Runs a call that changes something, or shows it where dry_run is true.
change() {
  if [[ "${dry_run:-false}" == true ]]; then
    printf 'would run: aws'
    printf ' %q' "$@"
    printf '\n'
    return
  fi
  call "$@" >/dev/null
}

require_tool() {
  command -v "$1" >/dev/null || fail "$1 is not on the PATH; $2"
}

require_tool aws 'install the AWS CLI, version 1 or 2'
