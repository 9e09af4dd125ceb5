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
  [[ "$1" =~ ^[1-9][0-9]{0,3}$ && "$1" -le 3600 ]] || misuse "'$1' is not a number of seconds from 1 to 3600"
}

# Prints where a pinned file is: in the folder of assets, or fetched into $scratch. $1 OWNER/REPO/VERSION/PATH, $2 URL,
# $3 sha256
pinned() {
  local file=${scratch:?}/${1##*/}
  if [[ -n "${assets:-}" && -f "$assets/$1" ]]; then
    file=$assets/$1
  else
    curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$file" "$2" \
      || fail "cannot fetch $2; name a folder that has $1 with --assets"
  fi
  sha256sum --check --status <<<"$3  $file" || fail "$file does not have the pinned sha256 $3"
  printf '%s\n' "$file"
}

# Repeats a command until it succeeds or the time is over: a webhook answers a moment after its pods are ready.
again() {
  local deadline=$((SECONDS + ${timeout:?}))
  until run "$@"; do
    ((SECONDS < deadline)) || fail "failed for $timeout s: $*"
    sleep 5
  done
}
