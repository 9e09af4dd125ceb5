import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import HarnessSupport
@testable import Tooling

@Suite("The model's workflow", .heavy, .timeLimit(.minutes(60)))
struct ModelWorkflowTests {
    @Test("passes its own tests: statistics, windows of captures, the registry, canaries, shadows and rollbacks")
    func tests() async throws {
        let output = try await Self.run(in: Project.root + "/sagemaker/pipeline")
        #expect(output.isSuccess, "\(output.stderr)")
        #expect(output.stderr.contains(/Ran [1-9]\d* tests/), "\(output.stderr)")
    }

    /// A change to one file, and the test that fails then.
    struct Fault: CustomTestStringConvertible {
        let testDescription: String
        let file: String
        let text: String
        let replacement: String
        let notices: String

        init(_ name: String, _ file: String, _ text: String, _ replacement: String, notices: String) {
            (testDescription, self.file, self.text, self.replacement, self.notices) = (
                name, file, text, replacement, notices
            )
        }
    }

    static let faults = [
        Fault(
            "a monitor that judges half a year", "monitor/__main__.py", "WINDOW_HOURS = 7", "WINDOW_HOURS = 4320",
            notices: "test_claims_before_the_window_are_not_judged"),
        Fault(
            "a champion judged by its predecessor's captures", "monitor/__main__.py",
            "elif item.at and item.at >= self.since:", "elif item.at:",
            notices: "test_a_new_champion_is_not_judged_by_the_captures_of_the_one_before"),
        Fault(
            "a canary of ten minutes at any rate", "workflow/deployment.py",
            "1.5 * self.answers / (share * rate) if rate", "min(1.5 * self.answers / (share * rate), 600) if rate",
            notices: "test_the_window_follows_the_rate"),
        Fault(
            "an update that resets counts and weights", "workflow/deployment.py", "RetainAllVariantProperties=True",
            "RetainAllVariantProperties=False",
            notices: "test_weights_and_autoscaled_counts_outlive_the_next_deployment"),
        Fault(
            "a weight change that is not awaited", "workflow/deployment.py",
            "        self._settle()\n        self.say", "        self.say",
            notices: "test_a_good_model_gets_a_tenth_a_half_and_all_requests"),
        Fault(
            "a rollback that leaves the registry as it is", "workflow/deployment.py",
            "self.registry.withdraw(champion[\"package\"], why)", "pass",
            notices: "test_the_standby_gets_all_requests_without_an_update"),
        Fault(
            "a rollback to a model that never was the champion", "workflow/deployment.py",
            "before[\"ModelPackageArn\"] != champion[\"previous\"]", "False",
            notices: "test_without_an_approved_champion_before_nothing_moves"),
        Fault(
            "a bad version that stays approved", "workflow/deployment.py",
            "self.registry.withdraw(package, str(error))", "pass",
            notices: "test_an_alarm_takes_all_requests_back_and_withdraws_the_model"),
        Fault(
            "a gate that lets a worse model pass", "workflow/definition.py", "\"DefaultValue\": 0.98",
            "\"DefaultValue\": 1.1", notices: "test_only_a_better_challenger_is_registered"),
        Fault(
            "a request that the API does not know", "workflow/deployment.py", "RetainDeploymentConfig=True",
            "KeepDeploymentConfig=True", notices: "test_a_good_model_gets_a_tenth_a_half_and_all_requests"),
        Fault(
            "a first model that is not crowned", "workflow/registry.py", "        self.crown(arn, \"blue\", at)\n", "",
            notices: "test_the_first_model_is_registered_as_pending_and_is_the_champion"),
        Fault(
            "a champion without its archive", "workflow/registry.py", "Key=\"models/champion/model.tar.gz\"",
            "Key=\"models/model.tar.gz\"",
            notices: "test_the_first_model_is_registered_as_pending_and_is_the_champion"),
        Fault(
            "a shadow that gets no copies", "story/endpoint.py", "            self._ask(name, body, headers)\n",
            "            pass\n", notices: "test_a_shadow_gets_a_copy_of_each_request_and_answers_nobody"),
        Fault(
            "a quality without claims that cost nothing", "monitor/statistics.py", "if not cost or",
            "if not all(cost) or", notices: "test_a_claim_that_cost_nothing_has_a_deviance"),
    ]

    @Test("notices", arguments: faults)
    func notices(_ fault: Fault) async throws {
        try await withScratch { scratch in
            let folder = scratch + "/pipeline"
            try FileManager.default.copyItem(atPath: Project.root + "/sagemaker/pipeline", toPath: folder)
            let file = "\(folder)/\(fault.file)"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.components(separatedBy: fault.text).count == 2, "\(fault.text) must occur once")
            try text.replacing(fault.text, with: fault.replacement)
                .write(toFile: file, atomically: true, encoding: .utf8)
            let output = try await Self.run(in: folder)
            #expect(output.stderr.contains("\(fault.notices) ("), "\(output.stderr)")
        }
    }

    private static func run(in folder: String) async throws -> Command.Output {
        let python = try await Toolbox(home: Project.home) { print($0) }.path(of: .aws).parentPath
            .appendingPath("python")
        return try await Command(
            python, ["-m", "unittest", "discover", "-t", ".", "-s", "tests"],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], folder: folder
        ).run()
    }
}
