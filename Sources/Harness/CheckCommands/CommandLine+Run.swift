import ArgumentParser
import Foundation

extension AsyncParsableCommand {
    /// Call `openStandardStreams` first. Bad usage is "could not run", as with the other tools of the field, and not sysexits' 64.
    package static func runCommandLine() async -> Never {
        do {
            do {
                try await run(parseAsRoot(joined(CommandLine.arguments.dropFirst())))
            } catch let error where exitCode(for: error) == .success {
                print(fullMessage(for: error))  // Help and version.
            }
            Foundation.exit(outputIsWhole() ? 0 : 2)
        } catch let code as ExitCode {
            Foundation.exit(outputIsWhole() ? code.rawValue : 2)
        } catch let error as CocoaError {
            Foundation.exit(fail(error).rawValue)
        } catch {
            // The full message would add the usage, which `--help` prints.
            Foundation.exit(fail(message(for: error)).rawValue)
        }
    }

    private static func run(_ command: ParsableCommand) async throws {
        var command = command
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    }

    /// A bare `--changed` as `--changed=HEAD`: the parser knows no option with a value that may be left out.
    ///
    /// `--port -5` as `--port=-5`: the parser would take the number for an option, and the option for one without value.
    private static func joined(_ arguments: some Sequence<String>) -> [String] {
        arguments.reduce(into: []) { joined, next in
            if next == "--changed" {
                joined.append("--changed=HEAD")
            } else if let last = joined.last, last.hasPrefix("--"), !last.contains("="), next.contains(/^-\d/) {
                joined[joined.count - 1] = "\(last)=\(next)"
            } else {
                joined.append(next)
            }
        }
    }
}
