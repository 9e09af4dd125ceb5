import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import DocumentModels
@testable import HarnessSupport
@testable import KubernetesModel
@testable import Submission

@Suite("A rollout, simulated")
struct RolloutSimulationTests {
    static let defaults = try! RolloutParameters(variables: file("variables.tf"))

    static func file(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Project.root)/terraform/modules/image-rollout/\(name)", encoding: .utf8)
    }

    @Test("takes no batch of nobody from the module")
    func emptyBatch() throws {
        let text = try Self.file("variables.tf").replacing("default     = 20", with: "default     = 0")
        let error = #expect(throws: HarnessError.self) { try RolloutParameters(variables: text) }
        #expect(error?.message.contains("a batch_size of 0 replaces nothing") == true)
    }

    // MARK: Order

    @Test("brings the first wave first, then the rest page by page, and nobody twice")
    func order() {
        var parameters = Self.defaults
        parameters.firstWave = 25
        let rollout = Rollout(users: 70, parameters: parameters)
        #expect(rollout.end == .succeeded)
        #expect(rollout.batches.map(\.wave) == [.first, .first, .rest, .rest, .rest])
        #expect(rollout.batches.map(\.machines.count) == [20, 5, 20, 20, 5])
        #expect(rollout.batches.flatMap(\.replaced) == Array(0..<70))
        #expect(rollout.renewed == Array(0..<70))
        for (batch, next) in zip(rollout.batches, rollout.batches.dropFirst()) {
            #expect(next.start >= batch.start + batch.seconds + parameters.soakSeconds)
        }
    }

    @Test("takes the same time again with the same seed, and another time with another one where chance is at work")
    func seeds() {
        var parameters = Self.defaults
        parameters.batchSize = 60
        func seconds(_ seed: UInt64) -> Double { Rollout(users: 301, parameters: parameters, seed: seed).seconds }
        #expect(seconds(1) == seconds(1))
        #expect(seconds(1) != seconds(2))
    }

    // MARK: Failure

    @Test("a bad image touches the first batch of the first wave and no one else, and that one comes back")
    func badImage() throws {
        var parameters = Self.defaults
        parameters.firstWave = 25
        let rollout = Rollout(users: 100, parameters: parameters, trouble: .badImage)
        #expect(rollout.end == .rolledBack)
        #expect(rollout.renewed == [])
        let forth = rollout.batches.filter { !$0.isRollback }
        let back = rollout.batches.filter(\.isRollback)
        #expect(forth.map(\.replaced) == [Array(0..<20)])
        #expect(back.flatMap(\.machines) == Array(0..<100))
        #expect(back.flatMap(\.replaced) == Array(0..<20))
        // Refused after as many looks as the module allows, and with no soak in between.
        let limit = Double(parameters.maxPolls) * parameters.pollSeconds
        #expect(forth[0].seconds >= limit && forth[0].seconds < limit * 1.05)
        #expect(rollout.spent["soak"] == nil)
    }

    @Test("an alarm after any batch brings back what was replaced until then, and nothing else", arguments: 1...6)
    func alarm(_ batch: Int) {
        let rollout = Rollout(users: 101, parameters: Self.defaults, trouble: .alarm(afterBatch: batch))
        #expect(rollout.end == .rolledBack)
        #expect(rollout.renewed == [])
        let forth = rollout.batches.filter { !$0.isRollback }
        #expect(forth.count == batch)
        #expect(
            rollout.batches.filter(\.isRollback).flatMap(\.replaced) == forth.flatMap(\.replaced))
        #expect(rollout.spent["soak"] == Double(batch) * Self.defaults.soakSeconds)
    }

    @Test("a rollback makes no template version, because that from before is there")
    func versions() {
        let rollout = Rollout(users: 41, parameters: Self.defaults, trouble: .alarm(afterBatch: 3))
        #expect(rollout.calls["ec2:createLaunchTemplateVersion"] == 41)
        #expect(rollout.calls["autoscaling:updateAutoScalingGroup"] == 82)
        #expect(rollout.calls["autoscaling:terminateInstanceInAutoScalingGroup"] == 82)
    }

    // MARK: Time and quotas

    @Test("takes as much longer as it has more batches", arguments: [10, 100, 1000])
    func time(users: Int) {
        func rollout(_ users: Int) -> Rollout { Rollout(users: users, parameters: Self.defaults) }
        let (less, more) = (rollout(users), rollout(users * 10))
        // One machine first, then twenty at a time.
        #expect(less.batches.count == 1 + (users - 1 + 19) / 20)
        let ratio = more.seconds / less.seconds
        let batches = Double(more.batches.count) / Double(less.batches.count)
        #expect(abs(ratio / batches - 1) < 0.02)
    }

    @Test("lasts its soaks and its replacements where no quota binds")
    func duration() {
        let rollout = Rollout(users: 1000, parameters: Self.defaults)
        let batch = Self.defaults.replacementSeconds + Self.defaults.soakSeconds
        let longest = batch + Self.defaults.pollSeconds + 5
        #expect(rollout.seconds / 51 > batch && rollout.seconds / 51 < longest)
        #expect(rollout.binding.hasPrefix("soak "))
    }

    @Test("is bound by the execution's time where batches are small")
    func timeout() {
        var parameters = Self.defaults
        parameters.batchSize = 10
        let rollout = Rollout(users: 10_000, parameters: parameters)
        #expect(rollout.end == .stopped(by: .timeout))
        #expect(rollout.seconds == 604_800)
        #expect(rollout.renewed.count > 7000 && rollout.renewed.count < 10_000)
    }

    @Test("is bound by the execution's history where batches are small and short")
    func history() {
        var parameters = Self.defaults
        (parameters.batchSize, parameters.soakSeconds, parameters.replacementSeconds) = (1, 1, 10)
        let rollout = Rollout(users: 10_000, parameters: parameters)
        #expect(rollout.end == .stopped(by: .history))
        // 22 events a batch.
        #expect(abs(rollout.batches.count - 25_000 / 22) < 5)
    }

    @Test("is slowed by throttled calls in larger batches, and gets through by its retries")
    func throttling() {
        var parameters = Self.defaults
        parameters.batchSize = 60
        let rollout = Rollout(users: 601, parameters: parameters)
        #expect(rollout.end == .succeeded)
        #expect(rollout.spent[Quota.ec2Change.name, default: 0] > 0)
        #expect(Rollout(users: 601, parameters: Self.defaults).spent[Quota.ec2Change.name, default: 0] == 0)
    }

    @Test("is stopped by throttled calls in the largest batches, because five retries do not last")
    func tooMany() {
        var parameters = Self.defaults
        parameters.batchSize = 100
        let rollout = Rollout(users: 1001, parameters: parameters)
        #expect(rollout.end == .stopped(by: Quota.ec2Change.refill))
        // An API's error rolls nothing back.
        #expect(rollout.batches.allSatisfy { !$0.isRollback })
    }

    @Test("is stopped by throttled calls where everyone looks every second")
    func tooManyLooks() {
        var parameters = Self.defaults
        (parameters.batchSize, parameters.pollSeconds, parameters.maxPolls) = (50, 1, 1200)
        let rollout = Rollout(users: 201, parameters: parameters)
        #expect(rollout.end == .stopped(by: Quota.autoScalingDescribe.refill))
    }

    @Test("needs more accounts where a default quota has no more room, and says which")
    func accounts() {
        func forecast(_ users: Int) -> RolloutForecast { RolloutForecast(users: users, parameters: Self.defaults) }
        #expect([10, 100, 497, 498, 1000].map { forecast($0).accounts } == [1, 1, 1, 2, 3])
        let large = forecast(10_000)
        #expect(large.accounts == 21)
        #expect(large.accountsBoundBy == "IAM roles")
        #expect(large.perAccount.seconds < large.oneAccount.seconds / 15)
    }

    @Test("takes as long on the emulator as was measured, less what its calls took")
    func emulator() {
        var parameters = Self.defaults
        // What targets/local.tfvars sets; machines are in service at once.
        (parameters.batchSize, parameters.pollSeconds, parameters.maxPolls, parameters.soakSeconds) = (2, 1, 6, 1)
        (parameters.replacementSeconds, parameters.callSeconds) = (0, 0)
        let rollout = Rollout(users: 3, parameters: parameters)
        #expect(rollout.batches.map(\.machines) == [[0], [1, 2]])
        #expect(rollout.calls.values.reduce(0, +) == 34)
        // 5.8 s were measured.
        #expect(rollout.seconds == 4)
    }

    // MARK: The model is the module's

    @Test("has the defaults of the module, and refuses a module without them")
    func defaults() throws {
        let defaults = Self.defaults
        #expect(defaults.batchSize == 20)
        #expect(defaults.pollSeconds == 15)
        #expect(defaults.maxPolls == 80)
        #expect(defaults.soakSeconds == 600)
        let text = try Self.file("variables.tf")
        for (old, new) in [("\"soak_seconds\"", "\"soak\""), ("default     = 600", ""), ("= 600", "= \"long\"")] {
            let broken = text.replacingOccurrences(of: old, with: new)
            #expect(broken != text)
            #expect(throws: HarnessError.self) { try RolloutParameters(variables: broken) }
        }
    }

    @Test("makes the calls of rollout.asl.json, all of them and no others, within its limits")
    func definition() throws {
        let definition = try #require(JSONValue(parsing: Self.file("rollout.asl.json"))?.object)
        #expect(definition["TimeoutSeconds"]?.int == Quota.timeout.number)
        let map = try #require(definition["States"]?.object?["ReplaceBatch"]?.object)
        // A page never waits for a place.
        #expect(map["MaxConcurrency"]?.int == 100)
        let tasks = try #require(map["ItemProcessor"]?.object?["States"]?.object)
            .compactMapValues(\.object).filter { $0.value["Resource"] != nil }
        #expect(
            tasks.mapValues { $0["Resource"]?.string }
                == Dictionary(
                    uniqueKeysWithValues: ReplaceStep.allCases.map {
                        ($0.rawValue, "arn:aws:states:::aws-sdk:" + $0.action)
                    }))
        let retries = BatchReplacement.retries
        for (name, task) in tasks {
            let retry = try #require(task["Retry"]?.array?.last?.object, "\(name)")
            #expect(retry["IntervalSeconds"]?.int.map(Double.init) == retries.interval)
            #expect(retry["BackoffRate"]?.int.map(Double.init) == retries.rate)
            #expect(retry["MaxAttempts"]?.int == retries.attempts)
            #expect(retry["MaxDelaySeconds"]?.int.map(Double.init) == retries.maximum)
            #expect(retry["JitterStrategy"]?.string == "FULL")
        }
    }

    @Test("counts the roles that the modules make, one by one and for each user")
    func roles() throws {
        func roles(_ module: String) throws -> [HCLBlock] {
            let folder = "\(Project.root)/terraform/modules/\(module)"
            return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".tf") }
                .flatMap { try HCLBody(parsing: String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)).blocks }
                .filter { $0.type == "resource" && $0.labels.first == "aws_iam_role" }
        }
        let fleet = try roles("workstation-fleet")
        #expect(fleet.allSatisfy { $0.body.expression("for_each") == "var.users" })
        #expect(fleet.count == RolloutForecast.rolesPerUser)
        let own = try ["network", "golden-image", "image-rollout"].flatMap(roles)
        #expect(own.allSatisfy { $0.body.expression("for_each") == nil })
        #expect(own.count == RolloutForecast.ownRoles)
    }
}

@Suite("A token bucket")
struct TokenBucketTests {
    @Test("gives what it holds at once, then as fast as it is filled, and never holds more than its size")
    func tokens() {
        var bucket = TokenBucket(size: 3, refill: 2)
        let taken = [0, 0, 0, 0, 0.4, 0.5, 1000, 1000, 1000, 1000].map { bucket.take(at: $0) }
        #expect(taken == [true, true, true, false, false, true, true, true, true, false])
    }

    @Test("makes a reservation wait until its tokens are there")
    func reservations() {
        var bucket = TokenBucket(size: 2, refill: 2)
        let ready = [0, 0, 0, 0, 10].map { bucket.reserve(1, at: $0) }
        #expect(ready == [0, 0, 0.5, 1, 10])
    }
}
