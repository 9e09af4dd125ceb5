#!/usr/bin/env bash
# Pushes an image to ECR: scanned, with a bill of materials, under a tag that never moves, in a format that SageMaker takes.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: sagemaker/push.sh --image NAME:TAG --repository ADDRESS [OPTION…]

Scans a built image, writes its bill of materials, and pushes it under the version
in its label. A version that the registry has with other content is refused, and so
is a manifest that SageMaker cannot read. Prints ADDRESS@DIGEST.

Options:
  --image NAME:TAG      as image.sh built it
  --repository ADDRESS  the repository; the AWS CLI signs in to ECR
  --sbom FILE           keep the CycloneDX list
  --prefix TEXT         before the version, for example jobs-
  --key REFERENCE       sign with cosign, for example awskms:///alias/image-signing
  --without-database WHY
                        continue where trivy cannot get its list of vulnerabilities;
                        trivy still looks for secrets, and ECR scans on push

Examples:
  sagemaker/push.sh --image claims-serve:local --key awskms:///alias/image-signing \
    --repository 123456789012.dkr.ecr.eu-west-1.amazonaws.com/claims-model
  sagemaker/push.sh --image claims-serve:local --repository 127.0.0.1:5000/claims-model \
    --without-database 'this machine has no network'
TEXT
}

misuse() {
  echo "push: $1; see --help" >&2
  exit 2
}

fail() {
  echo "push: $1" >&2
  exit 1
}

image='' repository='' sbom='' prefix='' key='' without=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --image | --repository | --sbom | --prefix | --key)
      [[ -n "${2:-}" ]] || misuse "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --without-database)
      [[ "${2:-}" == *' '* ]] || misuse "$1 needs a reason of two words or more"
      without=$2
      shift
      ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done
[[ -n "$image" ]] || misuse '--image is needed'
[[ "$repository" == */* ]] || misuse '--repository is needed, for example ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME'
for program in docker trivy; do
  command -v "$program" >/dev/null || fail "$program is not on the PATH"
done
[[ -z "$key" ]] || command -v cosign >/dev/null || fail '--key needs cosign on the PATH'

version=$(docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.version"}}' "$image" 2>/dev/null) \
  || fail "no image $image; build it with sagemaker/image.sh"
[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+-[0-9a-f]{8}$ ]] \
  || fail "$image carries no version: its label is '$version'"
user=$(docker image inspect --format '{{.Config.User}}' "$image")
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
[[ -z "$user" || "$user" == root || "${user%%:*}" == 0 ]] \
  || fail "$image runs as $user, and SageMaker expects root; build it with sagemaker/image.sh"
platform=$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$image")
[[ "$platform" == linux/amd64 ]] || fail "$image is for $platform, and ml.m5 runs linux/amd64; build it with sagemaker/image.sh"
target=$repository:$prefix$version

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
docker save --output "$scratch/image.tar" "$image"
quiet=(--quiet --input "$scratch/image.tar")
trivy image "${quiet[@]}" --scanners secret --exit-code 1 >"$scratch/secrets" 2>&1 \
  || fail "the image holds a secret, or could not be scanned: $(grep -m 1 -E 'CRITICAL|HIGH|FATAL|secret' "$scratch/secrets" || tail -n 1 "$scratch/secrets")"
if [[ -n "$without" ]]; then
  echo "push: vulnerabilities were not looked for: $without" >&2
else
  trivy image "${quiet[@]}" --scanners vuln --severity HIGH,CRITICAL --ignore-unfixed --exit-code 1 >"$scratch/vulnerabilities" 2>&1 \
    || fail "vulnerabilities with a fix, or no list of them: $(grep -m 1 -E 'CVE-|FATAL' "$scratch/vulnerabilities" || tail -n 1 "$scratch/vulnerabilities")"
fi
trivy image "${quiet[@]}" --format cyclonedx --output "${sbom:-$scratch/sbom.json}" 2>/dev/null || fail 'trivy wrote no bill of materials'

registry=${repository%%/*}
if [[ "$registry" =~ \.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com$ ]]; then
  aws ecr get-login-password --region "${BASH_REMATCH[1]}" | docker login --username AWS --password-stdin "$registry" >/dev/null
fi
id=$(docker image inspect --format '{{.Id}}' "$image")
if docker pull --quiet "$target" >/dev/null 2>"$scratch/pull"; then
  there=$(docker image inspect --format '{{.Id}}' "$target")
  [[ "$there" == "$id" ]] || fail "$target is there with other content; a version is pushed once, so build a new one"
  echo "push: $target is there already" >&2
elif ! grep -qiE 'not found|manifest unknown' "$scratch/pull"; then
  fail "$registry does not answer: $(tail -n 1 "$scratch/pull")"
else
  docker tag "$image" "$target"
  docker push --quiet "$target" >/dev/null || fail "$target could not be pushed"
fi
# CreateModel refuses OCI's types and an index: "Unsupported manifest media type".
# https://github.com/aws/amazon-sagemaker-feedback/issues/180
insecure=()
[[ "$registry" != 127.0.0.1:* ]] || insecure=(--insecure)
# A client before Docker 23 cannot read OCI's types.
docker manifest inspect "${insecure[@]}" --verbose "$target" >"$scratch/manifest" 2>/dev/null \
  || echo '"mediaType": "other than Docker'"'"'s"' >"$scratch/manifest"
# The descriptor comes first.
descriptor() { sed -n "/\"$1\"/{s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p;q}" "$scratch/manifest"; }
type=$(descriptor mediaType)
[[ "$type" == application/vnd.docker.distribution.manifest.v2+json ]] \
  || fail "$target has the manifest type $type, which SageMaker refuses; build it with sagemaker/image.sh, and delete this tag"
echo "push: $type" >&2
digest=$repository@$(descriptor digest)
if [[ -n "$key" ]]; then
  cosign sign --yes --key "$key" "$digest" >&2
else
  echo 'push: not signed: no --key' >&2
fi
echo "$digest"
