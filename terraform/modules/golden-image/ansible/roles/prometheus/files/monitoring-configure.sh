#!/usr/bin/env bash
# Written by the role prometheus: fills in the configuration and refuses one that does not load.
set -euo pipefail

folder=/etc/prometheus
for name in prometheus alertmanager; do
  sed "s|@REGION@|${REGION}|; s|@FLEET@|${FLEET}|; s|@TOPIC_ARN@|${TOPIC_ARN}|" "${folder}/${name}.yml.in" >"${folder}/${name}.yml"
done
promtool check config --syntax-only "${folder}/prometheus.yml"
promtool check rules "${folder}/workstations.yaml"
amtool check-config "${folder}/alertmanager.yml"
