extension MutationOperator {
    static let errorExit = [
        MutationOperator(
            "errors-ignored", "a script goes on after a failure", in: [.shell], caughtBy: "a rule on `set`"
        ) {
            $0.replacing(/^set -euo pipefail$/) { _ in ["set -uo pipefail", "set -eu", "set -eo pipefail"] }
                + $0.removing(/^set -euo pipefail$/)
        }
    ]
}
