#!/usr/bin/env bash
# Written by the role workstation: the GPU's state as a file that the node exporter serves. The driver's own tool, and not
# DCGM's exporter: no second port, no daemon as root, no package from outside Ubuntu's archive.
set -euo pipefail

folder="${TEXTFILES:-/var/lib/prometheus/node-exporter}"
new="$(mktemp "${folder}/gpu.XXXXXX")"
trap 'rm -f "${new}"' EXIT

# The old file stays where nvidia-smi fails, and its age is an alert.
nvidia-smi --query-gpu=index,utilization.gpu,memory.used,memory.total,temperature.gpu --format=csv,noheader,nounits \
  | awk -F ', *' '
    function metric(name, help, column, factor,   row) {
      printf "# HELP %s %s\n# TYPE %s gauge\n", name, help, name
      for (row = 1; row <= NR; row++) {
        split(rows[row], field, ", *")
        printf "%s{gpu=\"%s\"} %.10g\n", name, field[1], field[column] * factor
      }
    }
    $2 !~ /^[0-9]+$/ || $5 !~ /^[0-9]+$/ { print "workstation-gpu-metrics: unexpected line: " $0 >"/dev/stderr"; exit 1 }
    { rows[NR] = $0 }
    END {
      if (NR == 0) exit 1
      metric("workstation_gpu_utilization_ratio", "Share of time in which the GPU was busy.", 2, 0.01)
      metric("workstation_gpu_memory_used_bytes", "GPU memory in use.", 3, 1048576)
      metric("workstation_gpu_memory_bytes", "GPU memory.", 4, 1048576)
      metric("workstation_gpu_temperature_celsius", "Temperature of the GPU.", 5, 1)
    }' >"${new}"
chmod 0644 "${new}"
mv "${new}" "${folder}/gpu.prom"
