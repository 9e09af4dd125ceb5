#!/usr/bin/env bash
# Runs the training pipeline on the cluster and waits for the version that it registers.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: local/run_pipeline.sh [options]

Starts pipeline.py in a pod of the cluster, as the drift check does, waits for the run's
end, and then, unless --no-serve is given, for the predictor of the stable version.

Options:
  --name NAME        kind cluster; its context is kind-NAME. Default: mlops
  --days NUMBER      newest days of sessions to learn from, 1 to 999; default: 60
  --no-serve         do not wait for a predictor: the version is not served yet
  --timeout SECONDS  how long to wait for the run, 1 to 3600; default: 1800

Example:
  local/run_pipeline.sh --days 75 --no-serve
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

name=mlops days=60 timeout=1800 serve=yes
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --no-serve) serve='' ;;
    --name | --days | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done
check_timeout "$timeout"
[[ "$days" =~ ^[1-9][0-9]{0,2}$ ]] || misuse "'$days' is not a number of days from 1 to 999"
need kubectl 'install version 1.32 or newer'
need jq 'it writes the job'
models=(kubectl "--context=kind-$name" --namespace models-local)
drift=(kubectl "--context=kind-$name" --namespace drift-local)

# A copy of the drift check's pod: the same account, network policies, image and settings, with another command.
job=pipeline-$(date +%s)
"${drift[@]}" create job "$job" --from=cronjob/drift-check --dry-run=client --output json \
  | jq --arg days "$days" --arg wait "$timeout" '.spec.activeDeadlineSeconds = ($wait | tonumber)
    | .spec.template.spec.containers[0].command = ["python", "pipeline.py", "submit", "--host=$(PIPELINES)",
      "--image=$(PIPELINE_IMAGE)", "--arguments=$(ARGUMENTS)", "--set=days=\($days)", "--wait=\($wait)"]' \
  | "${drift[@]}" create --filename -
"${drift[@]}" wait "job/$job" --for=condition=Complete --timeout "${timeout}s" || {
  "${drift[@]}" logs "job/$job" --tail 20 >&2
  fail "the pipeline run did not succeed; its steps: kubectl --context kind-$name --namespace kubeflow get pods"
}
"${drift[@]}" logs "job/$job" --tail 1
[[ -n "$serve" ]] || exit 0
"${models[@]}" wait inferenceservices.serving.kserve.io/relief --for=condition=Ready --timeout 600s \
  || fail 'the predictor is not ready; kubectl describe it'
