#!/usr/bin/env bash
# Written by the role workstation. Only a machine that says CONTINUE comes into service; silence ends it.
set -euo pipefail

log=/var/log/workstation/self-check.log
home=/home/workstation
agent=amazon-ssm-agent.service

say() { echo "$(date --utc +%FT%TZ) self-check: $*" >>"${log}"; }

report() {
  local token instance
  token="$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)"
  instance="$(curl -sf -H "X-aws-ec2-metadata-token: ${token}" http://169.254.169.254/latest/meta-data/instance-id)"
  # After the first boot there is no lifecycle action to complete.
  aws autoscaling complete-lifecycle-action --region "${REGION}" --auto-scaling-group-name "${GROUP}" \
    --lifecycle-hook-name "${LIFECYCLE_HOOK}" --instance-id "${instance}" --lifecycle-action-result "$1" \
    || say "no lifecycle action is open"
}

sed "s|@LOG_GROUP@|${LOG_GROUP}|; s|@GROUP@|${GROUP}|" /etc/workstation-cloudwatch-agent.json \
  >/opt/aws/amazon-cloudwatch-agent/etc/workstation.json
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s \
  -c file:/opt/aws/amazon-cloudwatch-agent/etc/workstation.json

problems=""
mountpoint --quiet "${home}" || problems+="the home directory is not mounted; "
systemctl is-active --quiet "${agent}" || problems+="${agent} does not run; "
systemctl is-active --quiet auditd.service || problems+="auditd.service does not run; "

if [[ -n "${problems}" ]]; then
  say "failed: ${problems}"
  # Time for the line to leave the machine, which is gone soon.
  sleep 20
  report ABANDON
  exit 1
fi
say "passed"
report CONTINUE
