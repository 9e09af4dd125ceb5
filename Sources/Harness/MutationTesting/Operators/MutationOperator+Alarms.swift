extension MutationOperator {
    static let alarms = [
        MutationOperator(
            "alarm-inverted", "an alarm is silent in need and rings in health", in: [.terraform, .cloudformation],
            caughtBy: "a test that compares direction and threshold"
        ) {
            $0.replacing(/\b(Greater|Less)Than(\w*)Threshold\b/) { match in
                ["\(match.1 == "Greater" ? "Less" : "Greater")Than\(match.2)Threshold"]
            }
        },
        MutationOperator(
            "silence-inverted", "missing data count as the opposite", in: [.terraform, .cloudformation],
            caughtBy: "a test that reads the argument back"
        ) {
            $0.replacing(/\b(treat_missing_data|TreatMissingData)(\s*[=:]\s*"?)(\w+)/) { match in
                ["\(match.1)\(match.2)\(match.3 == "breaching" ? "notBreaching" : "breaching")"]
            }
        },
        MutationOperator(
            "alarm-unheard", "an alarm tells nobody", in: [.terraform, .cloudformation],
            caughtBy: "a test that every alarm has an action"
        ) { $0.removing(/^\s+(alarm_actions|AlarmActions)\s*[=:]/) },
    ]
}
