import Foundation
import TestSupport
import Testing

@Suite("`up` says in one line why it cannot work:", .timeLimit(.minutes(60)))
struct StackRefusalTests {
    @Test("a port that is taken")
    func portTaken() async throws {
        try await StackUnderTest.with { stack in
            let up = try await whileListening(on: stack.port) { try await stack.harness("up").run() }
            #expect(up.code == 2)
            #expect(
                up.stderr
                    == "error: port \(stack.port) on 127.0.0.1 is in use; free the port, or choose another: make up PORT=\(stack.port + 10)\n"
            )
            #expect(try await stack.harness("down").run().code == 0)
            #expect(!FileManager.default.fileExists(atPath: stack.folder))
        }
    }

    @Test("a number that is not a port")
    func noPort() async throws {
        try await StackUnderTest.with { stack in
            let up = try await stack.harness("up", "--port", "70000").run()
            #expect(up.code == 2)
            #expect(up.stderr.contains("port 70000 is not allowed"))
        }
    }

    @Test("a real account without credentials")
    func noCredentials() async throws {
        try await StackUnderTest.with { stack in
            var command = stack.harness("up", "--target", "aws")
            for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"] {
                command.environment[name] = String?.none
            }
            command.environment["AWS_EC2_METADATA_DISABLED"] = "true"
            let up = try await command.run()
            #expect(up.code == 2)
            #expect(up.stderr.split(separator: "\n").count == 1)
            #expect(up.stderr.contains("needs credentials"))
            let down = try await stack.harness("down", "--target", "aws").run()
            #expect(down.code == 2)
            #expect(down.stderr.split(separator: "\n").count == 1)
            #expect(down.stderr.contains("cannot be undone"))
        }
    }

    @Test("another run that is changing the stack")
    func locked() async throws {
        try await StackUnderTest.with { stack in
            _ = try await stack.harness("up").run { process in
                try await wait { stack.contains("journal.json") }
                let other = try await stack.harness("up").run()
                #expect(other.code == 2)
                #expect(other.stderr.contains("another harness process is changing this stack"))
                kill(process, SIGINT)
            }
        }
    }

    @Test("a component that does not exist")
    func noSuchComponent() async throws {
        try await StackUnderTest.with { stack in
            let up = try await stack.harness("up", "databse").run()
            #expect(up.code == 2)
            #expect(up.stderr.hasPrefix("error: unknown component databse; choose from emulator, "))
            #expect(!FileManager.default.fileExists(atPath: stack.folder))
        }
    }

    @Test("a damaged journal")
    func damagedJournal() async throws {
        try await StackUnderTest.with { stack in
            try write(["journal.json": "{"], to: stack.folder)
            let up = try await stack.harness("up").run()
            #expect(up.code == 2)
            #expect(up.stderr.contains("is damaged"))
            try FileManager.default.removeItem(atPath: stack.folder)
        }
    }
}
