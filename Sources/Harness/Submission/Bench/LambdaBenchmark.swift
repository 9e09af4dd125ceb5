import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The S3 processor compared with the same job in Python: the same objects in the same emulator, in one run.
///
/// `LAMBDA_BENCH_MB` sets how many megabytes of claims, before compression; 100 where it is not set.
struct LambdaBenchmark: Benchmark {
    let name = "lambda"

    /// One line of `Lambda/compare.py`.
    private struct Line: Decodable {
        let file: String?
        let results: String?
        let way: String?
        let seconds: Double?
        let peakKB: Double?
        /// Bare transfers of the object, and of as many bytes as its results have.
        let floor: Double?
        let upload: Double?
        let rows: Int?
        let start: [String: Double]?
    }

    func measure(in context: BenchContext) async throws -> [Measurement] {
        let python = try await context.toolbox.path(of: .peers)
        let moto = try await context.toolbox.path(of: .moto).parentPath.appendingPath("python")
        let emulator = try await context.toolbox.path(of: .lambdaEmulator)
        context.say("building the processor for release")
        let folder = context.toolbox.home.scratch.appendingPath("bench-lambda")
        try context.toolbox.home.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Measures the executable that is deployed.
        let zip = folder.appendingPath("bootstrap.zip")
        for (program, arguments) in [
            (context.repository.absolute("scripts/package-lambda.sh"), [zip]),
            (python, ["-m", "zipfile", "-e", zip, folder]),
            ("chmod", ["+x", folder.appendingPath("bootstrap")]),
        ] {
            let done = try await Command(program, arguments, environment: ["FOR_THIS_MACHINE": "1"]).run()
            guard done.isSuccess else { throw HarnessError("the processor does not build: \(done.lastLine)") }
        }
        let size = ProcessInfo.processInfo.environment["LAMBDA_BENCH_MB"] ?? "100"
        context.say("the processor and its peers over \(size) MB, four formats")
        let output = try await Command(
            python,
            [
                try Resource.path("compare", "py", in: "Lambda", of: .module), "--bootstrap",
                folder.appendingPath("bootstrap"),
                "--emulator", emulator, "--moto", moto,
                "--moto-script", try Emulator.motoProgram(),
                "--maker", context.repository.absolute("Tests/LambdaTests/Reference/make_claims.py"),
                "--megabytes", size,
            ]
        ).run()
        guard output.isSuccess else { throw HarnessError("the comparison failed: \(output.lastLine)") }
        let lines = try output.stdout.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        return measurements(lines)
    }

    private func measurements(_ lines: [Line]) -> [Measurement] {
        var result: [Measurement] = []
        for ours in lines where ours.way == "ours" {
            guard let seconds = ours.seconds, let file = ours.file, let results = ours.results else { continue }
            let name = "\(file), \(results == "all" ? "all three results" : "aggregates only")"
            if let floor = ours.floor {
                result.append(Measurement(name, seconds: seconds, peer: "a bare download", seconds: floor))
            }
            if let upload = ours.upload {
                result.append(Measurement(name, seconds: seconds, peer: "a bare upload of its rows", seconds: upload))
            }
            for peer in lines where peer.file == file && peer.results == results && peer.way != "ours" {
                guard let theirs = peer.seconds, let way = peer.way else { continue }
                result.append(Measurement(name, seconds: seconds, peer: way, seconds: theirs))
                guard let mine = ours.peakKB, let memory = peer.peakKB else { continue }
                result.append(
                    Measurement(
                        "\(name), memory", amount: mine / 1024, peer: way, amount: memory / 1024, unit: "MiB"))
            }
        }
        for line in lines {
            guard let start = line.start, let ours = start["ours"], let theirs = start["boto3"] else { continue }
            result.append(
                Measurement("start to first answer", seconds: ours, peer: "Python and boto3", seconds: theirs))
        }
        return result
    }
}
