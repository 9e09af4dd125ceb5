# shellcheck shell=bash
# What deploy.sh and delete.sh share; sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d)
built=$scratch/built.yaml
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

misuse() {
  echo "${0##*/}: $*; see --help" >&2
  exit 2
}

say() {
  printf '%s\n' "$*"
}

check_overlay() {
  [[ -n "$overlay" ]] || misuse 'which environment? --overlay NAME'
  [[ "$overlay" =~ ^[a-z]+$ && -d "$root/gateway/overlays/$overlay" ]] \
    || misuse "there is no overlay '$overlay'; choose from $(cd "$root/gateway/overlays" && echo *)"
}

# Sets `flags`, with which every call names the cluster.
require_cluster() {
  command -v kubectl >/dev/null || fail 'kubectl is not on the PATH; install version 1.30 or newer'
  flags=(${context:+"--context=$context"})
  kubectl "${flags[@]}" version --request-timeout 10s >/dev/null 2>"$scratch/errors" \
    || fail "no cluster answers: $(tail -n 1 "$scratch/errors")"
}

# Builds a folder into the file `built`.
build_folder() {
  kubectl kustomize "$1" >"$built" 2>"$scratch/errors" || fail "kustomize: $(tail -n 1 "$scratch/errors")"
}

build() {
  build_folder "$root/$1/overlays/$overlay"
}
