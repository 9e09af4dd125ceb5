#!/usr/bin/env bash
# Lets the caller's IP address through a security group.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/allow-my-address.sh [--port PORT] [--address ADDRESS] [--dry-run] GROUP

Adds a rule to the security group GROUP that lets this machine's public address
connect to one TCP port: an IPv4 address as /32, an IPv6 address as /128. A rule
that is there already is success. Rules for earlier addresses stay.

Options:
  --port PORT        the port, 443 where none is given
  --address ADDRESS  this address instead of asking https://checkip.amazonaws.com
  --dry-run          show the call that would be made, change nothing

Examples:
  scripts/allow-my-address.sh sg-0123456789abcdef0
  scripts/allow-my-address.sh --port 5432 --address 2606:4700:4700::1111 sg-0123456789abcdef0

The exercise's sg_3452925 is refused: ids are sg- and 8 or 17 hexadecimal digits.
TEXT
}

dry_run=false port=443 address='' groups=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --dry-run) dry_run=true ;;
    --port | --address)
      if [[ -z "${2:-}" ]]; then
        echo "${0##*/}: $1 needs a value; see --help" >&2
        exit 2
      fi
      if [[ "$1" == --port ]]; then port=$2; else address=$2; fi
      shift
      ;;
    -*)
      echo "${0##*/}: unknown option $1; see --help" >&2
      exit 2
      ;;
    *) groups+=("$1") ;;
  esac
  shift
done

# shellcheck source=scripts/lib/aws.sh
source "$(dirname "$0")/lib/aws.sh"
require_tool python3 'it tells public addresses from others'

[[ ${#groups[@]} -eq 1 ]] || misuse 'exactly one security group is needed'
group=${groups[0]}
[[ "$group" =~ ^sg-([0-9a-f]{8}|[0-9a-f]{17})$ ]] \
  || fail "'$group' is not a security group's id: ids are sg- and 8 or 17 hexadecimal digits, as sg-0123456789abcdef0"
[[ "$port" =~ ^[1-9][0-9]{0,4}$ && "$port" -le 65535 ]] || fail "'$port' is not a port: ports are 1 to 65535"

if [[ -z "$address" ]]; then
  require_tool curl 'or give the address with --address'
  address=$(curl --fail --silent --max-time 10 https://checkip.amazonaws.com) \
    || fail 'https://checkip.amazonaws.com did not answer; give the address with --address'
fi

# Prints the range in its canonical form. Behind a private address AWS sees another one.
range=$(
  python3 - "$address" <<'PYTHON'
import ipaddress
import sys

try:
    address = ipaddress.ip_address(sys.argv[1].strip())
except ValueError:
    sys.exit(1)
# A scope id names an interface of this machine, which AWS does not know.
if getattr(address, "scope_id", None):
    sys.exit(1)
address = getattr(address, "ipv4_mapped", None) or address
if not address.is_global or address.is_multicast:
    sys.exit(3)
print(f"{address}/{address.max_prefixlen}")
PYTHON
) || {
  [[ $? -eq 3 ]] && fail "'$address' is not a public address: AWS never sees a caller under it"
  # The first line of what may be a page of a network that wants a login.
  fail "'${address%%$'\n'*}' is not an IP address"
}

case "$range" in
  *:*) ranges="Ipv6Ranges=[{CidrIpv6=$range,Description=allow-my-address}]" ;;
  *) ranges="IpRanges=[{CidrIp=$range,Description=allow-my-address}]" ;;
esac
if ! change ec2 authorize-security-group-ingress --group-id "$group" \
  --ip-permissions "IpProtocol=tcp,FromPort=$port,ToPort=$port,$ranges"; then
  refused_with InvalidPermission.Duplicate || explain
  echo "nothing to do: $group lets $range connect to port $port already"
  exit 0
fi
if [[ "$dry_run" == false ]]; then
  echo "$group lets $range connect to port $port"
fi
