import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The Lambda package of the S3 processor: an executable in a zip file.
struct ProcessorPackage: Component {
    let name = "processor-package"
    let dependencies: [String] = []
    let code = ["Sources/Lambda"]

    private static let script = "scripts/package-lambda.sh"
    /// Path of a package that was built elsewhere, which most machines need for Lambda.
    private static let variable = "PROCESSOR_PACKAGE"

    /// In the stack's folder, so that a later build does not remove the package that `down` needs.
    static func file(_ context: StackContext) -> String {
        context.folder(of: "processor-package").appendingPath("bootstrap.zip")
    }

    func up(_ context: StackContext) async throws -> ComponentDetail {
        try context.home.makeFolder(context.folder(of: name))
        if let given = try Self.given() {
            try Data(contentsOf: URL(fileURLWithPath: given))
                .write(to: URL(fileURLWithPath: Self.file(context)), options: .atomic)
        } else {
            try await pack(context)
        }
        guard let standing = await standing(context) else {
            throw HarnessError("\(Self.file(context)) disappeared after it was written")
        }
        return standing
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        let python = try await context.toolbox.path(of: .python)
        let listing = try await Command(python, ["-m", "zipfile", "-l", Self.file(context)]).run()
        let names = listing.stdout.split(separator: "\n").dropFirst().map { String($0.prefix { $0 != " " }) }
        return [
            Assertion(
                id: "package-contents", "the package holds only the executable", is: names, ["bootstrap"])
        ]
    }

    func down(_ context: StackContext) async throws {
        try FileManager.default.removeIfPresent(context.folder(of: name))
    }

    func standing(_ context: StackContext) async -> ComponentDetail? {
        guard let size = try? FileManager.default.attributesOfItem(atPath: Self.file(context))[.size] as? Int else {
            return nil
        }
        return ComponentDetail(
            endpoint: "-", detail: String(format: "bootstrap.zip, %.1f MB", Double(size) / 1_000_000))
    }

    private static func given() throws -> String? {
        guard let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty else { return nil }
        guard FileManager.default.fileExists(atPath: path) else {
            throw HarnessError(
                "\(variable): file not found: \(path)", remedy: "build it with \(script) on Amazon Linux 2023")
        }
        return path
    }

    /// For the emulator, which runs it on this machine, the executable built with the harness. For Lambda, one
    /// built for release, which is rejected if its C library is newer than Lambda's.
    private func pack(_ context: StackContext) async throws {
        var arguments = [Self.file(context)]
        if context.target == .local {
            let beside = Bundle.main.executablePath?.parentPath.appendingPath("bootstrap") ?? ""
            guard FileManager.default.isExecutableFile(atPath: beside) else {
                throw HarnessError("\(name): the function is not built", remedy: "swift build --product bootstrap")
            }
            arguments = ["--executable", beside] + arguments
        }
        context.show(context.target == .local ? "packing" : "building for release")
        let packed = try await Command(
            context.repository.absolute(Self.script), arguments,
            environment: ["FOR_THIS_MACHINE": context.target == .local ? "1" : nil]
        ).run { context.show($0) }
        guard packed.isSuccess else { throw HarnessError("\(name): \(packed.lastLine)") }
    }
}
