#!/usr/bin/env bash
# Writes a step of a release into an overlay: which versions serve, and the canary's share.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: model-deploy/release.sh [options] OVERLAY STEP

Each step is one state of git that is safe to apply. Commit it and let Argo CD sync,
or apply it with --apply where no Argo CD follows the overlay. Live objects are never
patched, so that git, Argo CD and kubectl agree on every field.

Steps, in order:
  try VERSION    start VERSION as canary, as large as the stable service, with no traffic
  shift PERCENT  send PERCENT of the requests to the canary, 0 to 100
  promote        the stable service takes the canary's version; the canary, which has
                 100 %, answers everything meanwhile
  finish         the stable service gets all requests, then the canary goes
  rollback       instead of promote: the stable service gets all requests, the canary goes
  status         print the state

Options:
  --replicas NUMBER  least pods of the canary, 1 to 6; default: as before. For a large shift,
                     give the stable service's present number; --apply does it itself
  --apply            apply the overlay and wait until the step has taken effect
  --context NAME     with --apply: another kubeconfig context than the current one
  --timeout SECONDS  with --apply: how long to wait, 1 to 3600; default: 300
  --dry-run          with --apply: print the commands that change the cluster

Examples:
  model-deploy/release.sh overlays/production/models try 2
  model-deploy/release.sh --apply --context kind-mlops overlays/local/models shift 20
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

replicas_given='' apply='' context='' timeout=300 dry_run='' words=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=yes ;;
    --apply) apply=yes ;;
    --replicas)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      replicas_given=$2
      shift
      ;;
    --context | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    -*) misuse "unknown option '$1'" ;;
    *) words+=("$1") ;;
  esac
  shift
done

check_timeout "$timeout"
[[ -z "$replicas_given" || "$replicas_given" =~ ^[1-6]$ ]] || misuse "'$replicas_given' is not a number of pods from 1 to 6"
[[ ${#words[@]} -ge 1 && -d "${words[0]}/release" ]] || misuse "name an overlay of models, such as overlays/staging/models"
overlay=${words[0]} step=${words[1]:-} value=${words[2]:-}
file=$overlay/release/kustomization.yaml
case "$step" in
  try) [[ ${#words[@]} -eq 3 && "$value" =~ ^[1-9][0-9]{0,5}$ ]] || misuse "'$value' is not a version: try VERSION" ;;
  shift)
    [[ ${#words[@]} -eq 3 && "$value" =~ ^(0|[1-9][0-9]?|100)$ ]] || misuse "'$value' is not a percentage from 0 to 100"
    ;;
  promote | finish | rollback | status) [[ ${#words[@]} -eq 2 ]] || misuse "$step takes no value" ;;
  *) misuse "'$step' is not a step: try, shift, promote, finish, rollback or status" ;;
esac

# The state is the file's first line.
read -r state <"$file"
[[ "$state" =~ ^'# stable='([0-9]+)' canary='([0-9]*)' weight='([0-9]+)' replicas='([1-6])' store='(s3://[a-z0-9./-]+)$ ]] \
  || fail "$file does not start with a state; restore it from git"
stable=${BASH_REMATCH[1]} canary=${BASH_REMATCH[2]} weight=${BASH_REMATCH[3]} replicas=${BASH_REMATCH[4]}
store=${BASH_REMATCH[5]} was_canary=$canary

describe() {
  if [[ -n "$canary" ]]; then
    echo "version $stable answers $((100 - weight)) %, canary version $canary $weight %"
  else
    echo "version $stable answers all requests"
  fi
}

# $1 service, $2 version
version_patch() {
  cat <<TEXT
  - target:
      kind: InferenceService
      name: $1
    patch: |
      - op: replace
        path: /metadata/labels/mlops.example.com~1model-version
        value: "$2"
      - op: replace
        path: /spec/predictor/model/storageUri
        value: $store/versions/$2/
TEXT
}

# $1 backend, $2 weight
weight_patch() {
  cat <<TEXT
      - op: replace
        path: /spec/rules/0/backendRefs/$1/weight
        value: $2
TEXT
}

write() {
  {
    echo "# stable=$stable canary=$canary weight=$weight replicas=$replicas store=$store"
    cat <<'TEXT'
# Written by model-deploy/release.sh, which reads the line above; do not edit.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
TEXT
    [[ -z "$canary" ]] || printf 'components:\n  - ../../../../components/canary\n'
    echo 'patches:'
    version_patch relief "$stable"
    if [[ -n "$canary" ]]; then
      version_patch relief-canary "$canary"
      cat <<TEXT
      - op: replace
        path: /spec/predictor/minReplicas
        value: $replicas
  - target:
      kind: HTTPRoute
      name: relief
    patch: |
TEXT
      weight_patch 0 $((100 - weight))
      weight_patch 1 "$weight"
    fi
  } >"$file.partial"
  mv "$file.partial" "$file"
}

need_canary() {
  [[ -n "$canary" ]] || fail "no canary in $overlay; start one with try VERSION"
}

case "$step" in
  try)
    [[ -z "$canary" ]] || fail "version $canary is the canary already; finish or roll back first"
    [[ "$value" != "$stable" ]] || fail "version $value is the stable version already"
    canary=$value weight=0 replicas=${replicas_given:-$replicas}
    ;;
  shift)
    need_canary
    [[ "$stable" != "$canary" ]] || fail "version $canary was promoted; finish the release"
    weight=$value replicas=${replicas_given:-$replicas}
    ;;
  promote)
    need_canary
    ((weight == 100)) || fail "the canary answers $weight %, not 100: shift 100 first, because the stable service restarts"
    stable=$canary
    ;;
  finish)
    need_canary
    [[ "$stable" == "$canary" ]] || fail "version $canary is not promoted: promote first, or roll back"
    canary='' weight=0
    ;;
  rollback)
    need_canary
    [[ "$stable" != "$canary" ]] || fail "version $canary was promoted: finish, then try the former version"
    canary='' weight=0
    ;;
  status)
    describe
    exit 0
    ;;
esac

if [[ -n "$apply" ]]; then
  need kubectl 'install version 1.32 or newer'
  kubectl=(kubectl ${context:+"--context=$context"})
  namespace=$(sed -n 's/^namespace: //p' "$overlay/kustomization.yaml")
  in_namespace=("${kubectl[@]}" --namespace "$namespace")
  if [[ "$step" == shift ]] && ((weight > 0)); then
    # Scale first: what the stable service has now may be above its minimum.
    now=$("${in_namespace[@]}" get deployment relief-predictor --output 'jsonpath={.spec.replicas}')
    [[ "$now" =~ ^[0-9]+$ ]] || fail 'the deployment relief-predictor does not say how many pods it has'
    ((now <= replicas)) || replicas=$now
    asked=$weight
    weight=$(sed -nE '1s/.* weight=([0-9]+) .*/\1/p' "$file")
    write
    run "${kubectl[@]}" apply --server-side --kustomize "$overlay"
    deadline=$((SECONDS + timeout)) ready=0
    # At least as many: the autoscaler may have made more.
    until [[ -n "$dry_run" ]] || ((ready >= replicas)); do
      ((SECONDS < deadline)) || fail "the canary has $ready of $replicas ready pods; no traffic was moved"
      ready=$("${in_namespace[@]}" get deployment relief-canary-predictor --output 'jsonpath={.status.readyReplicas}')
      [[ "$ready" =~ ^[0-9]+$ ]] || ready=0
      ((ready >= replicas)) || sleep 5
    done
    weight=$asked
  fi
fi
write
describe
[[ -n "$apply" ]] || exit 0

run "${kubectl[@]}" apply --server-side --kustomize "$overlay"
# $1 deployment, $2 version: its own status is of the former version until KServe has changed it.
arrived() {
  if ! { run "${in_namespace[@]}" wait deployment "$1" --timeout "${timeout}s" \
    "--for=jsonpath={.spec.template.metadata.labels.mlops\.example\.com/model-version}=$2" \
    && run "${in_namespace[@]}" rollout status deployment "$1" --timeout "${timeout}s"; }; then
    fail "$1 does not come up with version $2; 'kubectl describe' of it tells why"
  fi
}
case "$step" in
  try)
    run "${in_namespace[@]}" wait inferenceservices.serving.kserve.io relief-canary --for=create --timeout "${timeout}s"
    run "${in_namespace[@]}" wait deployment relief-canary-predictor --for=create --timeout "${timeout}s"
    arrived relief-canary-predictor "$canary"
    ;;
  promote) arrived relief-predictor "$stable" ;;
  finish | rollback)
    # Gateways hear of the weights a moment later; until then the canary goes on answering.
    run sleep 15
    run "${in_namespace[@]}" delete inferenceservices.serving.kserve.io relief-canary --ignore-not-found \
      --timeout "${timeout}s"
    echo "version $was_canary is not a canary any more"
    ;;
esac
