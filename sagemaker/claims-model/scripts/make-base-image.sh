#!/usr/bin/env bash
# Makes a base image with Python from Debian's packages, for machines that can pull no image.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/make-base-image.sh --tag NAME:TAG [--python VERSION] [--mirror URL]

Makes Debian 12 with debootstrap, puts Python into it and imports it into the
container engine. Python comes from pyenv ($PYENV_ROOT, or ~/.pyenv) where that
has the version; otherwise from Debian, which has 3.11. Needs root and debootstrap.

Options:
  --tag NAME:TAG    the image's name
  --python VERSION  3.11 where none is given; 3.7 and 3.12 need pyenv
  --mirror URL      Debian's mirror, http://deb.debian.org/debian where none is given

Examples:
  scripts/make-base-image.sh --tag python-base:3.11
  scripts/make-base-image.sh --tag python-base:3.7 --python 3.7
TEXT
}

# shellcheck source=sagemaker/claims-model/scripts/lib.sh
source "$(dirname "$0")/lib.sh"

tag='' python=3.11 mirror=http://deb.debian.org/debian
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --tag | --python | --mirror)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
[[ -n "$tag" ]] || misuse '--tag is needed'
[[ "$python" =~ ^3\.[0-9]+$ ]] || misuse "--python $python: a version is written as 3.11"
[[ $EUID -eq 0 ]] || fail 'debootstrap needs root'
command -v debootstrap >/dev/null || fail 'debootstrap is not installed; apt-get install debootstrap'
engine=$(find_engine)

packages=ca-certificates,libbz2-1.0,libexpat1,libffi8,liblzma5,libssl3,libuuid1,zlib1g
installed=$(compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/$python.*" | sort -V | tail -n 1 || true)
if [[ -z "$installed" ]]; then
  [[ "$python" == 3.11 ]] || fail "pyenv has no Python $python and Debian 12 has 3.11 only; pyenv install $python"
  packages+=,python3,python3-pip
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root
debootstrap --variant=minbase --include="$packages" bookworm "$root" "$mirror" >"$scratch/log" 2>&1 \
  || fail "debootstrap: $(tail -n 1 "$scratch/log")"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
if [[ -n "$installed" ]]; then
  cp -a "$installed"/{bin,lib} "$root/usr/local/"
  site=$root/usr/local/lib/python$python/site-packages
  find "$site" -mindepth 1 -maxdepth 1 ! -name 'pip*' ! -name 'setuptools*' -exec rm -rf {} +
  rm -rf "$root/usr/local/lib/python$python/test"
  ldconfig -r "$root"
fi
tar --create --directory "$root" --numeric-owner . | "$engine" import --change 'CMD ["python3"]' - "$tag" >/dev/null
version=$("$engine" run --rm --network none "$tag" python3 --version)
[[ "$version" == "Python $python".* ]] || fail "the image has $version"
echo "$tag: $version on Debian 12"
