# shellcheck shell=bash
# What the platform's scripts share; sourced, never run.

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

misuse() {
  echo "${0##*/}: $*; see --help" >&2
  exit 2
}

need() {
  command -v "$1" >/dev/null || fail "$1 is not on the PATH; $2"
}

# Prints the command, and carries it out unless this is a dry run.
run() {
  printf '+'
  printf ' %q' "$@"
  printf '\n'
  [[ -n "${dry_run:-}" ]] || "$@"
}

# $1 seconds
check_timeout() {
  [[ "$1" =~ ^[1-9][0-9]{0,3}$ && "$1" -le 3600 ]] || misuse "'$1' is no number of seconds from 1 to 3600"
}
