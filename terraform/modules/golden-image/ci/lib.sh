# shellcheck shell=bash
# What the steps share; sourced, never run.

module=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$(cd "$module/../../.." && pwd)/Sources/Harness/Tooling/Pins/check.txt

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

misuse() {
  echo "${0##*/}: $*; see --help" >&2
  exit 2
}

need() {
  command -v "$1" >/dev/null || fail "$1 is not on the PATH: $2"
}

# $1 role
check_role() {
  [[ "$1" =~ ^[a-z]+$ && -d "$module/ansible/roles/$1" ]] || misuse "'$1' is not a role of $module/ansible/roles"
}

# $1 folder; installs Ansible there, in the versions that the harness checks with
install_ansible() {
  need uv 'pip install uv'
  uv pip install --quiet --target "$1" --python-version 3.11 --only-binary :all: --constraint "$pins" \
    ansible-core ansible-lint
}
