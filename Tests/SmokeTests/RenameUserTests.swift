import Testing

@testable import Submission

extension ScriptTests {
    @Suite("rename-user.sh")
    struct RenameUserTests {
        private let script = ScriptUnderTest("rename-user.sh")
        private let old = unique("vera")
        private let new = unique("nova")

        @Test(
            "wants two names and knows its options",
            arguments: [
                ([], "two names are needed, OLD and NEW"), (["vera"], "two names are needed, OLD and NEW"),
                (["vera", "nova", "eve"], "two names are needed, OLD and NEW"),
                (["--nope", "vera", "nova"], "unknown option --nope"),
            ])
        func misuse(_ arguments: [String], _ problem: String) async throws {
            #expect(
                try await script.withoutAWS.run(arguments)
                    == .misused("rename-user.sh: \(problem); see --help"))
        }

        @Test("refuses names that no user can have, and one name twice, without asking AWS")
        func badNames() async throws {
            let names = "1 to 64 letters, digits and any of + = , . @ _ -"
            #expect(
                try await script.withoutAWS("vera", "new name")
                    == .refused("rename-user.sh: 'new name' cannot be a user's name: \(names)"))
            #expect(
                try await script.withoutAWS("", "nova")
                    == .refused("rename-user.sh: '' cannot be a user's name: \(names)"))
            #expect(
                try await script.withoutAWS("vera", "vera") == .refused("rename-user.sh: both names are 'vera'"))
        }

        @Test("says in one line that AWS does not answer, in a dry run too")
        func noAWS() async throws {
            let result = try await script.withoutAWS("--dry-run", "vera", "nova")
            #expect(result.code == 1 && result.out == [] && result.err.count == 1)
            #expect(result.err.first?.hasPrefix("rename-user.sh: Could not connect to the endpoint URL") == true)
        }

        @Test("says that there is no such user")
        func missing() async throws {
            #expect(try await script(old, new) == .refused("rename-user.sh: there is no user '\(old)'"))
            #expect(try await id(of: new) == nil)
        }

        @Test("shows in a dry run what it would do, and does it not")
        func dryRun() async throws {
            let made = try await make(old)
            #expect(
                try await script("--dry-run", old, new)
                    == .done("would run: aws iam update-user --user-name \(old) --new-user-name \(new)"))
            #expect(try await id(of: old) == made)
            #expect(try await id(of: new) == nil)
        }

        @Test("renames, keeps who it is, and has nothing to do the second time")
        func renames() async throws {
            let made = try await make(old)
            #expect(try await script(old, new) == .done("renamed '\(old)' to '\(new)'"))
            #expect(try await id(of: old) == nil)
            #expect(try await id(of: new) == made)

            #expect(
                try await script(old, new)
                    == .done("nothing to do: there is no user '\(old)' and there is '\(new)'"))
            #expect(try await id(of: new) == made)
        }

        @Test("touches neither where both are there")
        func taken() async throws {
            let (first, second) = (try await make(old), try await make(new))
            #expect(
                try await script(old, new)
                    == .refused("rename-user.sh: the user '\(new)' exists already; '\(old)' keeps its name"))
            #expect(try await id(of: old) == first)
            #expect(try await id(of: new) == second)
        }

        private func make(_ name: String) async throws -> String? {
            try await call("iam", "CreateUser", ["UserName": .string(name)])["User", "UserId"]?.string
        }

        private func id(of name: String) async throws -> String? {
            do {
                return try await call("iam", "GetUser", ["UserName": .string(name)])["User", "UserId"]?.string
            } catch let refusal as AWSClient.Refusal where refusal.code == "NoSuchEntity" {
                return nil
            }
        }
    }
}
