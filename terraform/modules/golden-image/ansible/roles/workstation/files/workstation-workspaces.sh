#!/usr/bin/env bash
# Written by the role workstation: mounts the shared file system and makes the user's own folder on it.
set -euo pipefail

folder=/workspaces
if [[ -z "${WORKSPACES:-}" ]]; then
  echo "workstation-workspaces: the fleet has no shared file system"
  exit 0
fi

mkdir --parents "${folder}"
for attempt in 1 2 3 4 5; do
  mountpoint --quiet "${folder}" && break
  # The options are those of https://docs.aws.amazon.com/fsx/latest/LustreGuide/mount-fs-auto-mount-onreboot.html
  mount -t lustre -o relatime,flock,nosuid,nodev "${WORKSPACES}" "${folder}" && break
  sleep $((attempt * 5))
done
mountpoint --quiet "${folder}" || {
  echo "workstation-workspaces: ${WORKSPACES} cannot be mounted" >&2
  exit 1
}

# Users enter their own folder and do not see the names of others.
chmod 0711 "${folder}"
install --directory --owner "${USER_ID}" --group "${USER_ID}" --mode 0700 "${folder}/${USER_NAME}"
