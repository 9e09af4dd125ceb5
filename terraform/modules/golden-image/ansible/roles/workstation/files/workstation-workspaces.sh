#!/usr/bin/env bash
# Written by the role workstation: mounts the shared file system and checks the user's own folder on it.
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

# The folder comes with the file system, which makes this machine's root nobody: it can be looked at only.
found="$(stat --format '%u %a' "${folder}/${USER_NAME}" 2>/dev/null || echo missing)"
if [[ "${found}" != "${USER_ID} 700" ]]; then
  echo "workstation-workspaces: ${folder}/${USER_NAME} is '${found}', expected owner ${USER_ID} and mode 700" >&2
  exit 1
fi
