#!/usr/bin/env bash
# The whole pipeline on this machine: a registry, a key and a Docker engine in the place of Azure's.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: azure-devops/run-here.sh [OPTION VALUE]… [-- ARGUMENT…]

Reads order and arguments of the steps from azure-pipelines.yml, runs them here,
and takes down what they brought up. Ends with 1 when a step fails. Arguments
behind -- go to run_here.py.

Options:
  --image NAME  put this image into the registry first, and release the model that
                it carries in place of training one
  --v1 NAME     the image of version 1; built from the supplied models where none is named
  --base NAME   the base image with Python 3.7, where the public one cannot be pulled
  --drill yes   then release a model that predicts three times too much: the canary
                must stop it, and the model before must go on serving. Then lose
                everything but registry and repository, and recover from these
  --log FILE    keep the log of the release
  --port PORT   the registry listens there, the gateway at PORT plus two; 7000

Needs docker with a running engine, docker-registry, kubectl, jq, openssl, trivy and
ruff on the PATH, and the harness at $HARNESS or on the PATH; the drill also onnx, for
the Python that $DRILL_PYTHON names.

Examples:
  azure-devops/run-here.sh
  azure-devops/run-here.sh --image claims:local --v1 claims-v1:local --drill yes
  azure-devops/run-here.sh -- --stage test
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=azure-devops/steps/lib.sh
source "$here/steps/lib.sh"

options=()
while [[ $# -gt 0 && "$1" != -- ]]; do
  options+=("$1")
  shift
done
[[ $# -eq 0 ]] || shift
image='' v1='' base='' drill='' log=/dev/null port=7000
parse "${options[@]}" -- image v1 base drill log port
[[ "$port" =~ ^[0-9]{4,5}$ ]] || misuse "--port $port is not a port"
export HARNESS=${HARNESS:-harness} DOCKER=${DOCKER:-docker}
for program in "$HARNESS" "$DOCKER" docker-registry kubectl jq openssl trivy ruff curl; do
  command -v "$program" >/dev/null || fail "$program is not on the PATH"
done
"$DOCKER" info >/dev/null 2>&1 || fail 'no Docker engine answers; start one, or set DOCKER_HOST'

scratch=$(mktemp -d)
registry=127.0.0.1:$port
name=$registry/claims/claims-model
name_v1=$registry/claims/v1/claims-model
server=''
clean_up() {
  "$HARNESS" apply --delete || true # the rest goes all the same
  [[ -z "$server" ]] || kill "$server"
  # By name: another image may be the same by its content.
  "$DOCKER" images --filter "reference=$name" --filter "reference=$name_v1" \
    --format '{{.Repository}}:{{.Tag}} {{.Repository}}@{{.Digest}}' | tr ' ' '\n' | grep -v '<none>' | while read -r reference; do
    # One name may go with another.
    "$DOCKER" rmi "$reference" >/dev/null 2>&1 || true
  done
  "$DOCKER" rmi claims-model:here claims-v1:here >/dev/null 2>&1 || true # where it was not built
  rm -rf "$scratch"
}
trap clean_up EXIT

cat >"$scratch/registry.yml" <<TEXT
version: 0.1
storage:
  filesystem:
    rootdirectory: $scratch/registry
http:
  addr: $registry
TEXT
docker-registry serve "$scratch/registry.yml" >"$scratch/registry.log" 2>&1 &
server=$!
curl --silent --retry 20 --retry-delay 1 --retry-connrefused --output /dev/null "http://$registry/v2/" \
  || fail "the registry does not start: $(tail -n 1 "$scratch/registry.log")"
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out "$scratch/key.pem"

# push NAME: puts an image into the registry under the version of the model in it and run 0, and prints the version.
push_model() {
  local container version
  container=$("$DOCKER" create "$1")
  "$DOCKER" cp "$container:/app/model/model.json" "$scratch/model.json"
  "$DOCKER" rm "$container" >/dev/null
  version=$(jq --raw-output .version "$scratch/model.json")
  "$DOCKER" tag "$1" "$name:$version.0"
  "$DOCKER" push --quiet "$name:$version.0" >/dev/null
  echo "$version"
}

# Version 1 is released once, before the pipeline runs.
if [[ -z "$v1" ]]; then
  v1=claims-v1:here
  model=$repository/sagemaker/claims-model/scripts
  "$model/supplied.sh" --out "$scratch/supplied"
  "$model/build-image.sh" --tag "$v1" --model "$scratch/supplied/model" ${base:+--base "$base"} --network host
fi
version=$("$DOCKER" image inspect --format '{{index .Config.Labels "org.opencontainers.image.version"}}' "$v1")
v1=$("$here/steps/push.sh" --image "$v1" --to "$name_v1" --release "$version.1" | sed -n 's/^##.*\]//p')
"$here/steps/sign.sh" --reference "$v1" --key "$scratch/key.pem"

home=${HARNESS_HOME:-$repository/.harness}
values=(
  --set "registry=$registry" --set "v1=$v1" --set "signingKey=$scratch/key.pem" --set "place=engine:$port" --set overlay=local
  --set "address=https://127.0.0.1:$((port + 2))" --set "authority=$home/stack/release/applications/gateway/ca.pem"
  --set "trust=$scratch/key.pem" --set gateway=none --set database=absent --set "base=$base" --set network=host
)
if [[ -n "$image" ]]; then
  version=$(push_model "$image")
  values+=(--parameter "model=$version.0")
fi
python3 "$here/run_here.py" "${values[@]}" --log "$log" "$@"
[[ "$drill" == yes ]] || exit 0

echo
echo 'Drill: a release of a model that predicts three times too much'
place=engine:$port
before=$(current_images "$place")
good=$(jq --raw-output '.[] | select(.kind == "Deployment" and .metadata.name == "claims-v2") | .spec.template.spec.containers[0].image' \
  < <(released "$place"))
container=$("$DOCKER" create "$good")
"$DOCKER" cp "$container:/app/model" "$scratch/good"
"$DOCKER" rm "$container" >/dev/null
"${DRILL_PYTHON:-python3}" "$here/bad_model.py" "$scratch/good" "$scratch/model"
printf 'FROM %s\nCOPY model/ /app/model/\n' "$good" >"$scratch/Containerfile"
"$DOCKER" build --quiet --tag claims-model:here --file "$scratch/Containerfile" "$scratch" >/dev/null
version=$(push_model claims-model:here)
reference=$("$here/steps/push.sh" --image claims-model:here --to "$name" --release "$version.2" | sed -n 's/^##.*\]//p')
stop() {
  if python3 "$here/run_here.py" "${values[@]}" --stage production --set "reference=$reference" --set "version=$version"; then
    fail "$1 was released"
  fi
  [[ "$(current_images "$place")" == "$before" ]] || fail "runs $(current_images "$place"), not $before"
  python3 "$here/steps/judge.py" --address "https://127.0.0.1:$((port + 2))" --version "$running" --requests 5 \
    --ca "$home/stack/release/applications/gateway/ca.pem"
}
running=$(jq --raw-output .version "$scratch/good/model.json")
echo 'not signed:'
stop 'an image that is not signed'
"$here/steps/sign.sh" --reference "$reference" --key "$scratch/key.pem"
stop 'the bad model'
echo "stopped; $running goes on serving"

echo
echo 'Drill: the same model with other code, which fails'
# The version is that of what runs: told apart by the model's version, its answers would count as those of what runs.
printf 'FROM %s\nCOPY model/ /app/model/\n' "$reference" >"$scratch/Containerfile"
jq --arg version "$running" '.version = $version' "$scratch/model/model.json" >"$scratch/model.json.new"
mv "$scratch/model.json.new" "$scratch/model/model.json"
"$DOCKER" build --quiet --tag claims-model:here --file "$scratch/Containerfile" "$scratch" >/dev/null
version=$running
reference=$("$here/steps/push.sh" --image claims-model:here --to "$name" --release "$version.3" | sed -n 's/^##.*\]//p')
"$here/steps/sign.sh" --reference "$reference" --key "$scratch/key.pem"
stop 'the bad code'
echo "stopped; $good goes on serving"

echo
echo 'Drill: everything that ran is gone; registry and repository are left'
"$HARNESS" apply --delete
SECONDS=0
"$here/steps/deploy.sh" --overlay local --images "claims-v1=$v1 claims-v2=$good" --canary claims-v2 --place "$place"
python3 "$here/steps/judge.py" --address "https://127.0.0.1:$((port + 2))" --version "$running" \
  --ca "$home/stack/release/applications/gateway/ca.pem"
echo "recovered: the example record is scored again after $SECONDS s"
