import ArgumentParser
import CheckCommands
import Foundation
import HarnessSupport
import Submission

struct RolloutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Forecasts how a new image reaches a fleet: waves, calls, time, and the quota that binds.",
        discussion: """
            A model of terraform/modules/image-rollout with its defaults; nothing is called.

            Examples:
              harness rollout
              harness rollout --users 10000 --batch-size 100
              harness rollout --users 500 --bad-image
              harness rollout --format json | jq '.forecasts[].oneAccount.seconds'
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @Option(parsing: .upToNextOption, help: "How many users have a machine.")
    var users = [10, 100, 1000, 10_000]

    @Option(help: "Machines replaced at the same time, 1 to 100. Default: the module's.")
    var batchSize: Int?

    @Flag(help: "No machine becomes healthy with the new image.")
    var badImage = false

    @Option(help: "How to show it.")
    var format: Format = .text

    private struct Document: Encodable {
        let forecasts: [RolloutForecast]
        let quotas: [Quota]
    }

    func validate() throws {
        guard users.allSatisfy({ 1...1_000_000 ~= $0 }) else {
            throw ValidationError("--users takes numbers from 1 to 1000000, for example --users 100 1000")
        }
        guard batchSize.map({ 1...100 ~= $0 }) ?? true else {
            throw ValidationError("--batch-size is 1 to 100: one page of DescribeAutoScalingGroups")
        }
    }

    func run() throws {
        var parameters: RolloutParameters
        do { parameters = try .standard() } catch let error as HarnessError { throw fail(error) }
        if let batchSize { parameters.batchSize = batchSize }
        let forecasts = users.map {
            RolloutForecast(users: $0, parameters: parameters, trouble: badImage ? .badImage : .none)
        }
        switch format {
        case .text: show(forecasts, parameters)
        case .json: print(try jsonText(Document(forecasts: forecasts, quotas: Quota.all)), terminator: "")
        }
    }

    private func show(_ forecasts: [RolloutForecast], _ parameters: RolloutParameters) {
        print(
            "Batches of \(parameters.batchSize), a look every \(duration(parameters.pollSeconds)), \(duration(parameters.soakSeconds)) of soak; assumed: \(duration(parameters.replacementSeconds)) until a machine is back, \(parameters.callSeconds) s a call."
        )
        print(
            table(
                [["USERS", "ACCOUNTS", "", "USERS EACH", "BATCHES", "CALLS", "TOUCHED", "TIME", "END", "MOST OF IT"]]
                    + forecasts.flatMap(rows)))
        print()
        print(
            table(
                [["QUOTA", "NUMBER", "UNIT", "ADJUSTABLE", "EVIDENCE", "SOURCE"]]
                    + Quota.all.map {
                        let raised = $0.maximum.map { "to \($0)" } ?? "yes"
                        return [
                            $0.name, "\($0.number)", $0.unit, $0.isAdjustable ? raised : "no", $0.evidence.rawValue,
                            $0.source,
                        ]
                    }))
    }

    /// As default quotas allow, and, where that takes several accounts, in one.
    private func rows(_ forecast: RolloutForecast) -> [[String]] {
        func row(_ accounts: Int, _ why: String, _ leg: RolloutForecast.Leg) -> [String] {
            [
                "\(forecast.users)", "\(accounts)", why, "\(leg.users)", "\(leg.batches)", "\(leg.calls)",
                "\(leg.touched)", duration(leg.seconds), leg.end, leg.binding,
            ]
        }
        guard forecast.accounts > 1 else { return [row(1, "", forecast.perAccount)] }
        return [
            row(forecast.accounts, "by \(forecast.accountsBoundBy)", forecast.perAccount),
            row(1, "quotas raised", forecast.oneAccount),
        ]
    }
}

/// The two largest units.
private func duration(_ seconds: Double) -> String {
    let total = Int(seconds.rounded())
    let parts = [(total / 86_400, "d"), (total % 86_400 / 3600, "h"), (total % 3600 / 60, "min"), (total % 60, "s")]
    let used = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }
    return used.isEmpty ? "0 s" : used.map { "\($0.0) \($0.1)" }.joined(separator: " ")
}
