#!/usr/bin/env bash
# Written by the role workstation: mounts the user's own directory, over TLS and with the machine's role.
set -euo pipefail

home=/home/workstation
mountpoint --quiet "${home}" && exit 0

for attempt in 1 2 3 4 5; do
  mount -t efs -o "tls,iam,accesspoint=${ACCESS_POINT},noresvport,nosuid,nodev" "${FILE_SYSTEM}:/" "${home}" && exit 0
  sleep $((attempt * 5))
done
echo "workstation-home: ${FILE_SYSTEM} cannot be mounted with ${ACCESS_POINT}" >&2
exit 1
