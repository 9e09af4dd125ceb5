# shellcheck shell=bash
# What the steps share; sourced, never run.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

misuse() {
  echo "${0##*/}: $1; see --help" >&2
  exit 2
}

fail() {
  echo "${0##*/}: $1" >&2
  exit 1
}

# Reads `--name value` pairs into variables of these names, given behind `--`; unknown ones are misuse.
# Usage: parse "$@" -- tag python
parse() {
  local arguments=() known=() option
  while [[ $# -gt 0 && "$1" != -- ]]; do
    arguments+=("$1")
    shift
  done
  known=("${@:2}")
  set -- "${arguments[@]}"
  while [[ $# -gt 0 ]]; do
    if [[ "$1" == --help || "$1" == -h ]]; then
      usage
      exit 0
    fi
    option=${1#--}
    [[ "$1" == --* && " ${known[*]} " == *" $option "* ]] || misuse "unknown argument '$1'"
    [[ $# -ge 2 ]] || misuse "$1 needs a value"
    printf -v "${option//-/_}" %s "$2"
    shift 2
  done
}

# needs NAME…: each option must have a value.
needs() {
  local name
  for name in "$@"; do
    [[ -n "${!name}" ]] || misuse "--${name//_/-} is needed"
  done
}

# Hands a value to the steps behind this one, by Azure Pipelines' logging command.
set_output() {
  echo "##vso[task.setvariable variable=$1;isOutput=true]$2"
}

check_reference() {
  [[ "$1" =~ ^[a-z0-9.:-]+(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$ ]] \
    || misuse "'$1' names no image by its digest, as REGISTRY/NAME@sha256:…"
}

# What is deployed, and where: on the cluster of the current context, or on this machine's Docker engine.

# Prints the objects of the overlay as JSON, with the image in the place of the one that the overlay names. Version 1 of
# the service, the supplied model, never changes and is left out.
render() {
  local overlay=$1 image=$2
  # Without --local, kubectl would ask a cluster; the annotation is none that exists.
  kubectl kustomize "$repository/k8s/apps/claims/overlays/$overlay" \
    | kubectl annotate --local --filename - --output json pipeline/none- \
    | jq --slurp --arg image "$image" '[.[] | if .kind == "List" then .items[] else . end
      | select((.metadata.labels["app.kubernetes.io/version"] // "v2") == "v2")
      | if .kind == "Deployment" then .spec.template.spec.containers[0].image = $image else . end]'
}

# Adds a Deployment of one pod beside that of the application, behind the same Service: it gets its share of requests.
with_canary() {
  jq --arg image "$1" '. + [.[] | select(.kind == "Deployment") | .metadata.name += "-canary" | .spec.replicas = 1
    | .spec.selector.matchLabels.track = "canary" | .spec.template.metadata.labels.track = "canary"
    | .spec.template.spec.containers[0].image = $image]'
}

# Before anything is piped: what applies would begin with nothing.
check_overlay() {
  [[ -d "$repository/k8s/apps/claims/overlays/$1" ]] || misuse "there is no overlay '$1' of claims"
}

check_place() {
  [[ "$1" =~ ^(cluster|engine:[0-9]+)$ ]] || misuse "--place is cluster or engine:PORT, not '$1'"
}

# apply PLACE: brings the objects from standard input up and waits for them.
apply() {
  local objects
  objects=$(cat)
  case "$1" in
    cluster)
      jq '{apiVersion: "v1", kind: "List", items: .}' <<<"$objects" \
        | kubectl apply --server-side --force-conflicts --filename -
      jq --raw-output '.[] | select(.kind == "Deployment") | .metadata.name' <<<"$objects" \
        | while read -r name; do
          kubectl rollout status "deployment/$name" --namespace claims --timeout 300s
        done
      ;;
    engine:*)
      kubectl kustomize "$repository/k8s/gateway/overlays/local" \
        | kubectl annotate --local --filename - --output json pipeline/none- \
        | jq --slurp --argjson objects "$objects" \
          '{apiVersion: "v1", kind: "List", items: ([.[] | if .kind == "List" then .items[] else . end] + $objects)}' \
        | "${HARNESS:-harness}" apply --port "${1#engine:}"
      ;;
  esac
}

# Prints the image that the application runs on, nothing where it does not run.
current_image() {
  case "$1" in
    cluster)
      kubectl get deployment claims-v2 --namespace claims --ignore-not-found \
        --output 'jsonpath={.spec.template.spec.containers[0].image}'
      ;;
    engine:*)
      "${HARNESS:-harness}" apply --show | sed -n 's|^claims/claims-v2 ||p' | sort -u
      ;;
  esac
}
