# shellcheck shell=bash
# Functions that the scripts in this folder share.

# Now, because the callers change their folder, and the path may be relative.
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

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

# Prints the first interpreter of a Python version, as 3.7, on the PATH or in pyenv.
find_python() {
  local candidate
  while IFS= read -r candidate; do
    if [[ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" == "$1" ]]; then
      echo "$candidate"
      return
    fi
  done < <(
    type -ap "python$1" python3 || true
    compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1.*/bin/python" || true
  )
  return 1
}

# Makes the environment FOLDER from requirements/LOCK with the interpreter PYTHON, unless it is up to date.
make_environment() {
  local folder=$1 lock=requirements/$2 python=$3
  # The lock is copied last: an environment without it was left half made.
  if cmp --silent "$lock" "$folder/lock.txt"; then return; fi
  echo "${0##*/}: making $folder from $lock" >&2
  rm -rf "$folder"
  if command -v uv >/dev/null; then
    uv venv --quiet --no-config --no-python-downloads --python "$python" "$folder"
    uv pip sync --quiet --no-config --require-hashes --python "$folder/bin/python" "$lock"
  else
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --no-deps --require-hashes --requirement "$lock"
  fi
  cp "$lock" "$folder/lock.txt"
}

# Makes the environment that trains and tests in FOLDER, with the first Python of those that the lock was made for.
make_training_environment() {
  local python
  python=$(find_python 3.12 || find_python 3.11 || find_python 3.13) || fail 'training needs Python 3.11, 3.12 or 3.13'
  make_environment "$1" train.txt "$python"
}

# Prints the folder that holds the supplied files, and fetches them on first use. CLAIMS_SUPPLIED names another one.
supplied_folder() {
  local folder code=0
  folder=${CLAIMS_SUPPLIED:-$scripts/../build/supplied}
  "$scripts/supplied.sh" --out "$folder" >&2 || code=$?
  [[ $code -eq 0 ]] || exit "$code"
  echo "$folder"
}

# Prints the options with which ENGINE builds what SageMaker takes, one a line: one platform, no provenance (it would
# make an image index), Docker's media types. https://github.com/aws/amazon-sagemaker-feedback/issues/180
sagemaker_options() {
  printf '%s\n' --platform linux/amd64
  if [[ "$1" == */podman ]]; then
    printf '%s\n' --format docker
  elif "$1" buildx version >/dev/null 2>&1; then
    printf '%s\n' --provenance=false --output type=docker
  fi
}
