#!/usr/bin/env bash
# Deploys the whole platform on the local cluster, after KServe and Pipelines were installed.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: local/deploy.sh [options]

Loads the image, generates passwords and keys, and applies the admission policies, the
gateway, PostgreSQL, the object store, Prometheus, Grafana, MLflow, the first sessions,
and the drift check. No model serves yet: local/run_pipeline.sh makes the first version.
A second run keeps the passwords.

Options:
  --name NAME        kind cluster; its context is kind-NAME. Default: mlops
  --image IMAGE      image that the engine has; it is loaded as therapy-pipeline:local.
                     Default: therapy-pipeline:local, from ci/build.sh
  --timeout SECONDS  how long to wait for each step, 1 to 3600; default: 600
  --dry-run          print the commands and carry out none

Example:
  local/deploy.sh --name mlops
TEXT
}

# shellcheck source=k8s/mlops-platform-demo/lib/common.sh
source "$(dirname "$0")/../lib/common.sh"

here=$(cd "$(dirname "$0")/.." && pwd)
name=mlops image=therapy-pipeline:local timeout=600 dry_run=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=yes ;;
    --name | --image | --timeout)
      [[ $# -ge 2 ]] || misuse "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) misuse "unknown argument '$1'" ;;
  esac
  shift
done
check_timeout "$timeout"
kubectl=(kubectl "--context=kind-$name")
if [[ -z "$dry_run" ]]; then
  need kind 'install version 0.27 or newer from kind.sigs.k8s.io'
  need kubectl 'install version 1.32 or newer'
  need openssl 'it generates the passwords'
  "${kubectl[@]}" version --request-timeout 10s >/dev/null 2>&1 \
    || fail "the cluster '$name' does not answer; create it with cluster/create_kind_cluster.sh --name $name"
  docker image inspect "$image" >/dev/null 2>&1 || fail "the engine has no image '$image'; build it with ci/build.sh"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

apply() {
  again "${kubectl[@]}" apply --server-side "$@"
}

[[ "$image" == therapy-pipeline:local ]] || run docker tag "$image" therapy-pipeline:local
run kind load docker-image therapy-pipeline:local --name "$name"

local=$here/overlays/local bucket=therapy-models-local
for namespace in stores monitoring mlflow-local drift-local models-local; do
  part=${namespace%-local}
  apply --filename "$local/$part/namespace.yaml"
done

# $1 namespace, $2 name, then NAME=FILE: creates the secret from files, so that no value is in a process list.
secret() {
  local namespace=$1 name=$2
  shift 2
  "${kubectl[@]}" create secret generic "$name" --namespace "$namespace" "${@/#/--from-file=}" \
    --dry-run=client --output yaml | "${kubectl[@]}" apply --server-side --filename -
}

# Writes a random value to file $1, without a newline.
random() {
  openssl rand -hex 20 | tr -d '\n' >"$scratch/$1"
}

write() {
  printf '%s' "$2" >"$scratch/$1"
}

# $1 namespace, $2 key: where the object store is, and the key to it
object_store() {
  secret "$1" object-store "AWS_ACCESS_KEY_ID=$scratch/$2-id" "AWS_SECRET_ACCESS_KEY=$scratch/$2" \
    "AWS_ENDPOINT_URL=$scratch/endpoint" "AWS_DEFAULT_REGION=$scratch/region"
}

make_secrets() {
  local each
  for each in postgres session admin key-id key models-key-id models-key; do random "$each"; done
  write database-uri "postgresql://mlflow:$(<"$scratch/postgres")@postgres.stores.svc:5432/mlflow"
  write user pipeline
  write auth.ini "[mlflow]
default_permission = EDIT
database_uri = sqlite:////tmp/auth.db
admin_username = pipeline
admin_password = $(<"$scratch/admin")
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"
  # Traefik lists the secrets of models-local, so the key there is a predictor's alone: it reads versions and writes the log.
  # KServe's download starts with HeadBucket (kserve@v0.20.0:python/storage/kserve_storage/kserve_storage.py), which wants
  # Read on the bucket itself. Without a wildcard that would be Read on every object; with `?` for the last letter it
  # matches the bucket's name and no object (seaweedfs@4.44:weed/s3api/auth_credentials.go, CanDo).
  write s3.json "{\"identities\": [
    {\"name\": \"platform\", \"credentials\": [{\"accessKey\": \"$(<"$scratch/key-id")\",
      \"secretKey\": \"$(<"$scratch/key")\"}], \"actions\": [\"Admin\", \"Read\", \"Write\", \"List\", \"Tagging\"]},
    {\"name\": \"models\", \"credentials\": [{\"accessKey\": \"$(<"$scratch/models-key-id")\",
      \"secretKey\": \"$(<"$scratch/models-key")\"}], \"actions\": [\"Read:${bucket%?}?\", \"Read:$bucket/relief/versions/*\",
      \"List:$bucket/relief/versions/*\", \"Write:$bucket/relief/requests/*\"]}]}"
  write endpoint http://seaweedfs.stores.svc:8333
  write region us-east-1
  secret stores seaweedfs "s3.json=$scratch/s3.json"
  secret mlflow-local mlflow "database-uri=$scratch/database-uri" "session-key=$scratch/session" "auth.ini=$scratch/auth.ini"
  secret kubeflow mlflow-pipeline "username=$scratch/user" "password=$scratch/admin"
  secret drift-local mlflow-drift "username=$scratch/user" "password=$scratch/admin"
  for each in mlflow-local drift-local stores kubeflow; do object_store "$each" key; done
  object_store models-local models-key
  # Where KServe's download finds the store (kserve@v0.20.0:pkg/credentials/s3/s3_secret.go).
  "${kubectl[@]}" annotate secret object-store --namespace models-local --overwrite \
    serving.kserve.io/s3-endpoint=seaweedfs.stores.svc:8333 serving.kserve.io/s3-usehttps=0 \
    serving.kserve.io/s3-region=us-east-1
  # The last one: a second run sees by it that all are made.
  secret stores postgres "password=$scratch/postgres"
}

if [[ -n "$dry_run" ]]; then
  echo '+ generate the secrets of stores, MLflow, Pipelines and models'
elif ! "${kubectl[@]}" get secret postgres --namespace stores >/dev/null 2>&1; then
  make_secrets
fi

# The rules and dashboards that staging and production use, as a plain Prometheus and Grafana read them.
config_maps() {
  sed -n '/^  groups:/,$s/^  //p' "$here/monitoring/drift-rules.yaml" >"$scratch/drift.yaml"
  "${kubectl[@]}" create configmap rules --namespace monitoring "--from-file=$scratch/drift.yaml" \
    --dry-run=client --output yaml | "${kubectl[@]}" apply --server-side --filename -
  "${kubectl[@]}" create configmap dashboards --namespace monitoring \
    "--from-file=$here/../observability/dashboards/relief.json" --dry-run=client --output yaml \
    | "${kubectl[@]}" apply --server-side --filename -
}
[[ -n "$dry_run" ]] || config_maps

apply --kustomize "$here/../cluster"
apply --kustomize "$here/../admission/overlays/local"
# By the manager that install_kubeflow.sh applied the base with.
apply --field-manager platform --kustomize "$local/pipelines"
# Traefik starts with its rights in models-local.
for part in stores monitoring mlflow models drift gateway; do
  apply --kustomize "$local/$part"
done
# $1 namespace, then what is waited for
ready() {
  run "${kubectl[@]}" rollout status --namespace "$1" "${@:2}" --timeout "${timeout}s" \
    || fail "$1 is not ready after $timeout s; 'kubectl get events --namespace $1' tells why"
}
ready stores statefulset/postgres
ready stores statefulset/seaweedfs
ready mlflow-local deployment/mlflow
ready monitoring deployment/prometheus
ready monitoring deployment/grafana
ready gateway deployment/traefik
ready drift-local deployment/drift-results
run "${kubectl[@]}" wait --namespace stores job/sessions --for=condition=Complete --timeout "${timeout}s" \
  || fail 'the job sessions did not write the first sessions; see its log'
run "${kubectl[@]}" wait --namespace gateway gateway/public --for=condition=Programmed --timeout "${timeout}s" \
  || fail 'the gateway is not programmed; kubectl describe it'
