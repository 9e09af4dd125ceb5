#!/usr/bin/env bash
# The pre-commit hook: builds the checker alone, which is quick once it is there, and runs it with these arguments.
# `language: swift` would build every product of the package instead.
set -euo pipefail
package="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
swift build --quiet --package-path "$package" --product harness-check
exec "$package/.build/debug/harness-check" "$@"
