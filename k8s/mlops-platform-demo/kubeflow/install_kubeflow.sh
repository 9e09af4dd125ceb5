#!/usr/bin/env bash
# Installs Kubeflow: the parts that the platform needs, or all of it.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: kubeflow/install_kubeflow.sh [options]

Options:
  --profile NAME     small: Pipelines 2.17.0 and the Trainer 2.3.0; tuning is
                     Optuna's, inside the pipeline's step. full: everything in
                     kubeflow/manifests, from --sources only. pipelines: Pipelines
                     alone, for the local cluster. Default: small
  --context NAME     another kubeconfig context than the current one
  --sources FOLDER   read the manifests from here instead of GitHub, each as a
                     checkout: FOLDER/{pipelines,trainer} or FOLDER/manifests
  --timeout SECONDS  how long to wait for each step, 1 to 3600; default: 600
  --uninstall        delete what the profile installs
  --dry-run          print the commands and carry out none

Pipelines has no users of its own in these profiles. kubeflow/policies, which is
applied first, decides who reaches it; people come in by kubeflow/sign-on.
`full` brings its own sign-on, profiles and mesh.

Upstream's files fetch Argo Workflows 4.0.5 from GitHub, also with --sources.
Without GitHub, clone argoproj/argo-workflows into FOLDER and tell git so:
  git config --global url.FOLDER.insteadOf https://github.com/argoproj/argo-workflows

kubeflow/manifests states 4.4 CPU and 12.3 GiB for the full profile.

Examples:
  kubeflow/install_kubeflow.sh --context kind-mlops
  kubeflow/install_kubeflow.sh --profile full --sources ~/audited --dry-run
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

# 2.17.0, by its commit: a tag can be moved.
pipelines=4a3592cb2dd0a91a4652ab93893ec8beda1f3158 trainer=v2.3.0
profile=small context='' sources='' timeout=600 uninstall='' dry_run=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=yes ;;
    --uninstall) uninstall=yes ;;
    --profile | --context | --sources | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done

check_timeout "$timeout"
here=$(cd "$(dirname "$0")" && pwd)
case "$profile" in
  pipelines) checkouts=(pipelines) ;;
  small) checkouts=(pipelines trainer) ;;
  full)
    checkouts=(manifests)
    [[ -n "$sources" ]] || misuse 'the full profile is installed from a checkout that somebody has read: name it with --sources'
    ;;
  *) misuse "there is no profile '$profile'; choose pipelines, small or full" ;;
esac
if [[ -n "$sources" ]]; then
  for each in "${checkouts[@]}"; do
    [[ -d "$sources/$each" ]] || fail "there is no folder '$sources/$each'; check out the tag that is named in --help"
  done
fi
kubectl=(kubectl ${context:+"--context=$context"})
if [[ -z "$dry_run" ]]; then
  need kubectl 'install version 1.32 or newer'
  "${kubectl[@]}" version --request-timeout 10s >/dev/null 2>&1 || fail 'no cluster answers; name one with --context'
fi

# $1 name of the checkout, $2 folder in it, $3 tag
source_of() {
  if [[ -n "$sources" ]]; then
    printf '%s/%s/%s\n' "$sources" "$1" "$2"
  else
    # kustomize gives up a clone after 27 seconds otherwise (kustomize@v5.5.0:api/internal/git/repospec.go).
    printf 'https://github.com/kubeflow/%s//%s?ref=%s&timeout=300s\n' "$1" "$2" "$3"
  fi
}

case "$profile" in
  pipelines | small)
    parts=(
      "$(source_of pipelines manifests/kustomize/cluster-scoped-resources "$pipelines")"
      "$(source_of pipelines manifests/kustomize/env/platform-agnostic "$pipelines")"
    )
    namespaces=(kubeflow)
    if [[ "$profile" == small ]]; then
      parts+=("$(source_of trainer manifests/overlays/manager "$trainer")")
      namespaces+=(kubeflow-system)
    fi
    ;;
  full)
    parts=("$sources/manifests/example")
    namespaces=(kubeflow)
    ;;
esac

if [[ -n "$uninstall" ]]; then
  # What was applied last goes first: the CRDs and namespaces at the end.
  for ((number = ${#parts[@]} - 1; number >= 0; number--)); do
    run "${kubectl[@]}" delete --kustomize "${parts[number]}" --ignore-not-found --timeout "${timeout}s"
  done
  exit 0
fi

# Before the first pod: there is no moment in which Pipelines is open. Overlays add what the environment has; a manager of
# its own keeps these labels when upstream's namespace is applied.
if [[ "$profile" != full ]]; then
  again "${kubectl[@]}" apply --server-side --field-manager platform --kustomize "$here/policies"
fi
for part in "${parts[@]}"; do
  # A CRD is known to the API server a moment after it was applied; what needs it is then refused, and tried again.
  deadline=$((SECONDS + timeout))
  until run "${kubectl[@]}" apply --server-side --force-conflicts --kustomize "$part"; do
    ((SECONDS < deadline)) || fail "could not apply $part within $timeout s"
    sleep 5
  done
done
for namespace in "${namespaces[@]}"; do
  run "${kubectl[@]}" wait --namespace "$namespace" deployment --all --for=condition=Available --timeout "${timeout}s" \
    || fail "$namespace is not ready after $timeout s; 'kubectl get events --namespace $namespace' tells why"
done
