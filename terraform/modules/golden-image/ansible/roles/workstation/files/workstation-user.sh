#!/usr/bin/env bash
# Written by the role workstation: makes the user with the number that the fleet gives. No password and no sudo: who
# needs a package asks for one in the image.
set -euo pipefail

getent group workstation >/dev/null || groupadd --gid "${USER_ID}" workstation
getent passwd workstation >/dev/null \
  || useradd --uid "${USER_ID}" --gid "${USER_ID}" --home-dir /home/workstation --create-home --shell /bin/bash workstation
[[ "$(id --user workstation)" == "${USER_ID}" ]] || {
  echo "workstation-user: the user workstation has another number than ${USER_ID}" >&2
  exit 1
}
