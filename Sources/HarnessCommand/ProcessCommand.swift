import ArgumentParser
import CheckCommands
import Foundation
import Lambda

struct ProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Does on this machine what the S3 processor does in Lambda.",
        discussion: """
            Reads claims from a file, or from S3 with the credentials of the environment, and writes accepted.jsonl,
            rejected.jsonl and summary.json. They appear together, or not at all.

            Examples:
              harness process claims.csv --output results
              harness process claims.jsonl.gz --output results --gzip
              AWS_REGION=eu-west-1 harness process s3://claims/incoming/a.csv --output s3://claims-results/local/
            """)

    @Argument(help: "A file, or s3://BUCKET/KEY.")
    var input: String

    @Option(help: "A folder; or, for input from S3, s3://BUCKET/PREFIX/.")
    var output: String

    @Flag(help: "Pack accepted and rejected rows.")
    var gzip = false

    func run() async throws {
        do {
            print(
                try await LocalProcessor.run(
                    input: input, output: output, isPacked: gzip, environment: ProcessInfo.processInfo.environment))
        } catch let error as LocalProcessor.Failure {
            FileHandle.standardError.write(Data("harness process: \(error)\n".utf8))
            throw ExitCode(error.isInput ? 1 : 2)
        }
    }
}
