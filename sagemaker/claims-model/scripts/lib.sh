# shellcheck shell=bash
# What the scripts beside this one share.

misuse() {
  echo "${0##*/}: $1; see --help" >&2
  exit 2
}

fail() {
  echo "${0##*/}: $1" >&2
  exit 1
}

# Prints the first docker or podman on the PATH that answers and can build with secrets.
find_engine() {
  local candidate version
  while IFS= read -r candidate; do
    "$candidate" info >/dev/null 2>&1 || continue
    if [[ "$candidate" == */docker ]] && ! "$candidate" buildx version >/dev/null 2>&1; then
      # Since version 23 the client builds by its plugin buildx only.
      version=$("$candidate" version --format '{{.Client.Version}}' 2>/dev/null)
      [[ "${version%%.*}" -lt 23 ]] || continue
    fi
    echo "$candidate"
    return
  done < <(type -ap docker podman || true)
  fail 'no container engine that can build answers; start Docker, or install podman'
}
