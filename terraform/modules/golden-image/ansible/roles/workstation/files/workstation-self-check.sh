#!/usr/bin/env bash
# Written by the role workstation. Only a machine that reports CONTINUE comes into service; silence ends it.
set -euo pipefail

log=/var/log/workstation/self-check.log
# From Ubuntu's images, where the agent is a snap.
agent=snap.amazon-ssm-agent.amazon-ssm-agent.service
devices="${PCI_DEVICES:-/sys/bus/pci/devices}"

say() { echo "$(date --utc +%FT%TZ) self-check: $*" >>"${log}"; }

report() {
  local token instance
  token="$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)"
  instance="$(curl -sf -H "X-aws-ec2-metadata-token: ${token}" http://169.254.169.254/latest/meta-data/instance-id)"
  # After the first boot there is no lifecycle action to complete.
  python3 -c 'import sys, boto3
boto3.client("autoscaling", sys.argv[1]).complete_lifecycle_action(
    AutoScalingGroupName=sys.argv[2], LifecycleHookName=sys.argv[3], InstanceId=sys.argv[4], LifecycleActionResult=sys.argv[5])' \
    "${REGION}" "${GROUP}" "${LIFECYCLE_HOOK}" "${instance}" "$1" \
    || say "no lifecycle action is open"
}

sed "s|@LOG_GROUP@|${LOG_GROUP}|; s|@GROUP@|${GROUP}|" /etc/workstation-cloudwatch-agent.json \
  >/opt/aws/amazon-cloudwatch-agent/etc/workstation.json
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s \
  -c file:/opt/aws/amazon-cloudwatch-agent/etc/workstation.json

problems=""
mountpoint --quiet /home/workstation || problems+="the home directory is not mounted; "
[[ -z "${WORKSPACES:-}" ]] || mountpoint --quiet /workspaces || problems+="/workspaces is not mounted; "
[[ "$(id --user workstation)" == "${USER_ID}" ]] || problems+="the user does not have the number ${USER_ID}; "
systemctl is-active --quiet "${agent}" || problems+="${agent} does not run; "
systemctl is-active --quiet auditd.service || problems+="auditd.service does not run; "
# 0x10de is NVIDIA's vendor id.
if grep --quiet --no-messages 0x10de "${devices}"/*/vendor; then
  [[ "$(nvidia-smi --list-gpus 2>&1)" == "GPU 0:"* ]] || problems+="the GPU does not answer; "
else
  say "GPU skipped: the machine has no NVIDIA device"
fi

if [[ -n "${problems}" ]]; then
  say "failed: ${problems}"
  # Time for the line to leave the machine, which is gone soon.
  sleep "${SECONDS_TO_SEND:-20}"
  report ABANDON
  exit 1
fi
say "passed"
report CONTINUE
