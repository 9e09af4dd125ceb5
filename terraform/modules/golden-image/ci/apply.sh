#!/usr/bin/env bash
# Applies a role to a fresh Debian 12 in a folder, and judges the result.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ci/apply.sh ROLE

Makes a chroot of Debian 12 that has the default user of a cloud image, applies the role
twice and judges the result with test.yml. The second run must not change anything.
Publishes nothing. Needs root, debootstrap, Debian's archive and uv.

Example:
  sudo ci/apply.sh workstation
TEXT
}

# shellcheck source=terraform/modules/golden-image/ci/lib.sh
source "$(dirname "$0")/lib.sh"

case "${1:-}" in
  --help | -h)
    usage
    exit 0
    ;;
esac
[[ $# -eq 1 ]] || misuse 'name one role'
check_role "$1"
[[ "$(id --user)" == 0 ]] || fail 'a chroot needs root: use sudo'
need debootstrap 'apt-get install debootstrap debian-archive-keyring'

scratch=$(mktemp -d)
trap 'rm -rf --one-file-system "$scratch"' EXIT
root=$scratch/debian
debootstrap --variant=minbase --include=python3,python3-apt,systemd,openssh-server,unattended-upgrades \
  bookworm "$root" http://deb.debian.org/debian >"$scratch/log" 2>&1 || fail "debootstrap: $(tail -n 1 "$scratch/log")"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 0755 "$root/usr/sbin/policy-rc.d"
mkdir -p "$root/etc/cloud/cloud.cfg.d"
cp -R "$module/ansible" "$root/srv/image"
install_ansible "$root/opt/ansible"
chroot "$root" useradd --uid 1000 --create-home debian

# $1 playbook; the mount of /proc ends with the call
play() {
  # shellcheck disable=SC2016 # the inner shell expands these
  unshare --mount --pid --fork --kill-child sh -euc '
    mount -t proc proc "$1/proc"
    exec chroot "$1" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
      PYTHONPATH=/opt/ansible ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3 python3 -m ansible.cli.playbook \
      --connection local --inventory localhost, --extra-vars "image_role=$3" "/srv/image/$2"' \
    apply "$root" "$1" "$role"
}

role=$1
play playbook.yml
play playbook.yml | tee "$scratch/second"
grep -Eq '^localhost +: .* changed=0 .* failed=0 ' "$scratch/second" || fail "the second run of $role changed something"
play test.yml
echo "apply: $role is sound"
