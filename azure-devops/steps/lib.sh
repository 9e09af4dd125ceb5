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

# check_images LIST: `deployment=REGISTRY/NAME@sha256:…`, one for each Deployment, with blanks between.
check_images() {
  local pair
  [[ -n "$1" ]] || misuse '--images is needed'
  for pair in $1; do
    [[ "$pair" =~ ^[a-z0-9-]+= ]] || misuse "'$pair' is not DEPLOYMENT=REGISTRY/NAME@sha256:…"
    check_reference "${pair#*=}"
  done
}

# Prints the objects of the overlay as JSON, with the images in the place of those that the overlay names.
render() {
  local overlay=$1 images=$2 rendered
  # Without --local, kubectl would ask a cluster; the annotation is none that exists.
  rendered=$(kubectl kustomize "$repository/k8s/apps/claims/overlays/$overlay" \
    | kubectl annotate --local --filename - --output json pipeline/none- \
    | jq --slurp --arg images "$images" '($images | split(" ") | map(select(. != "") | split("=") | {(.[0]): .[1]}) | add) as $image
      | [.[] | if .kind == "List" then .items[] else . end
        | if .kind == "Deployment" and $image[.metadata.name] then .spec.template.spec.containers[0].image = $image[.metadata.name] else . end]')
  # One that is not named would be deployed with what is in the overlay, which is not an image.
  jq --exit-status --arg images "$images" '([.[] | select(.kind == "Deployment") | .metadata.name] | sort)
    == ($images | split(" ") | map(split("=")[0]) | sort)' <<<"$rendered" >/dev/null \
    || fail "$overlay has the Deployments $(jq --raw-output '[.[] | select(.kind == "Deployment") | .metadata.name] | join(" ")' <<<"$rendered"); --images names others"
  printf '%s\n' "$rendered"
}

# What the pipeline may write: workloads. Namespace, quota, policies and the mesh are the platform's, which applies the same
# overlay by platform/bootstrap.sh; the Role is platform/deployer.yaml.
workloads() {
  jq '[.[] | select(.kind | IN("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "HTTPRoute", "PodDisruptionBudget", "Service"))]'
}

# canary NAME IMAGE: leaves of the objects what one new pod needs: a Deployment beside NAME behind the same Service, so that
# it gets its share of the requests, the ConfigMaps that it reads, and a Service and a path of its own, so that it can be
# asked alone. What serves is not among them.
canary() {
  jq --arg name "$1" --arg image "$2" '
    ("\($name)-canary") as $canary
    | [.[] | select(.kind == "ConfigMap" and .immutable == true)] as $maps
    | [.[] | select(.kind == "Deployment" and .metadata.name == $name) | .metadata.name = $canary | .spec.replicas = 1
      | .spec.selector.matchLabels.track = "canary" | .spec.template.metadata.labels.track = "canary"
      | .spec.template.spec.containers[0].image = $image] as $pods
    | [.[] | select(.kind == "Service" and .metadata.name == $name) | .metadata.name = $canary | .spec.selector.track = "canary"] as $services
    | [.[] | select(.kind == "HTTPRoute" and any(.spec.rules[].backendRefs[]?; .name == $name)) | .metadata.name = $canary
      | .spec.rules |= [.[0] | .matches |= [.[0] | .path.value = "/canary"] | .backendRefs[].name = $canary
        | (.filters[]? | select(.type == "URLRewrite") | .urlRewrite.path) = {type: "ReplacePrefixMatch", replacePrefixMatch: "/score"}]] as $routes
    | $maps + $pods + $services + $routes'
}

# Before anything is piped: what applies would begin with nothing.
check_overlay() {
  [[ -d "$repository/k8s/apps/claims/overlays/$1" ]] || misuse "there is no overlay '$1' of claims"
}

check_place() {
  [[ "$1" =~ ^(cluster|engine:[0-9]+)$ ]] || misuse "--place is cluster or engine:PORT, not '$1'"
}

# apply PLACE: brings the workloads from standard input up and waits for them.
apply() {
  local objects
  objects=$(cat)
  case "$1" in
    cluster)
      workloads <<<"$objects" | jq '{apiVersion: "v1", kind: "List", items: .}' \
        | kubectl apply --server-side --force-conflicts --field-manager pipeline --filename -
      jq --raw-output '.[] | select(.kind == "Deployment") | .metadata.name' <<<"$objects" \
        | while read -r name; do
          kubectl rollout status "deployment/$name" --namespace claims --timeout 300s
        done
      ;;
    engine:*)
      # The engine brings up what it is given and ends the rest, so it is given the platform's objects as well.
      kubectl kustomize "$repository/k8s/gateway/overlays/local" \
        | kubectl annotate --local --filename - --output json pipeline/none- \
        | jq --slurp --argjson objects "$objects" \
          '{apiVersion: "v1", kind: "List", items: ([.[] | if .kind == "List" then .items[] else . end] + $objects)}' \
        | "${HARNESS:-harness}" apply --port "${1#engine:}"
      ;;
  esac
}

# Where the engine keeps what a cluster keeps in its API.
engine_state() { echo "${HARNESS_HOME:-$repository/.harness}/stack/released.json"; }

# released PLACE: prints the objects of the last release, `[]` where there was none. An image alone would not bring back
# settings, routes and limits.
released() {
  case "$1" in
    cluster)
      kubectl get configmap claims-release --namespace claims --ignore-not-found --output json \
        | jq '(.data["objects.json"] // "[]") | fromjson' | jq --slurp '.[0] // []'
      ;;
    engine:*) cat "$(engine_state)" 2>/dev/null || echo '[]' ;;
  esac
}

# remember PLACE: keeps the objects from standard input as the last release.
remember() {
  local objects
  objects=$(cat)
  case "$1" in
    cluster)
      workloads <<<"$objects" | jq '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "claims-release", namespace: "claims"},
        data: {"objects.json": tojson}}' | kubectl apply --server-side --force-conflicts --field-manager pipeline --filename -
      ;;
    engine:*)
      mkdir -p "$(dirname "$(engine_state)")"
      printf '%s\n' "$objects" >"$(engine_state)"
      ;;
  esac
}

# end_canary PLACE NAME: objects that are no longer named stay in a cluster; on the engine they end by themselves.
end_canary() {
  [[ "$1" == engine:* ]] || kubectl delete deployment,service,httproute "$2-canary" --namespace claims --ignore-not-found
}

# Prints the images that run, as `deployment=image`.
current_images() {
  case "$1" in
    cluster)
      kubectl get deployments --namespace claims --output json \
        | jq --raw-output '[.items[] | select(.metadata.name | endswith("-canary") | not)
          | "\(.metadata.name)=\(.spec.template.spec.containers[0].image)"] | join(" ")'
      ;;
    engine:*)
      "${HARNESS:-harness}" apply --show | sed -n 's|^claims/\([^ ]*\) |\1=|p' | grep -v '^[^=]*-canary=' | sort -u \
        | tr '\n' ' ' | sed 's/ $//' || true # nothing runs
      ;;
  esac
}
