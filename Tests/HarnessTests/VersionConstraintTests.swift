import Testing

@testable import Tooling

@Suite("A version constraint")
struct VersionConstraintTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let constraint: String
        let accepted: [String]
        let refused: [String]
        var testDescription: String { constraint }
    }

    @Test(
        "accepts exactly the versions that Terraform accepts",
        arguments: [
            Case(constraint: "5.100.0", accepted: ["5.100.0", "5.100"], refused: ["5.100.1", "5.10.0"]),
            Case(constraint: "= 5.1", accepted: ["5.1.0"], refused: ["5.1.1"]),
            Case(constraint: "!= 5.1.0", accepted: ["5.1.1", "6.0.0"], refused: ["5.1.0", "5.1"]),
            Case(constraint: "> 5.9", accepted: ["5.10.0", "5.9.1"], refused: ["5.9.0", "5.8.9"]),
            Case(constraint: ">=5.100", accepted: ["5.100.0", "6.0.0"], refused: ["5.99.9"]),
            Case(constraint: "< 6", accepted: ["5.100.0"], refused: ["6.0.0", "6.0.1"]),
            Case(constraint: "<= 6.0", accepted: ["6.0.0"], refused: ["6.0.1"]),
            Case(constraint: "~> 5.1", accepted: ["5.1.0", "5.100.0"], refused: ["5.0.9", "6.0.0"]),
            Case(constraint: "~> 5.1.2", accepted: ["5.1.2", "5.1.10"], refused: ["5.1.1", "5.2.0"]),
            Case(constraint: ">= 5.100, < 6.0", accepted: ["5.100.0", "5.101.2"], refused: ["5.99.0", "6.0.0"]),
            Case(constraint: ">= 5.0, != 5.3.0, ~> 5.2", accepted: ["5.2.0", "5.4.0"], refused: ["5.3.0", "5.1.0"]),
        ])
    func acceptance(_ testCase: Case) throws {
        let constraint = try #require(VersionConstraint(testCase.constraint))
        for version in testCase.accepted { #expect(constraint.accepts(version), "\(version)") }
        for version in testCase.refused { #expect(!constraint.accepts(version), "\(version)") }
    }

    @Test(
        "is none where the text is none",
        arguments: ["", " ", ">=", "abc", "=> 5", "5..1", "5.x", ">= 5,", ", 5", ">= five", "~ 5", "5 6", "-5", "1.-2"])
    func malformed(_ text: String) {
        #expect(VersionConstraint(text) == nil)
    }

    @Test("rejects invalid versions", arguments: ["", "latest", "5.x", "5.1.0-beta1"])
    func versions(_ version: String) throws {
        #expect(try !#require(VersionConstraint(">= 0")).accepts(version))
    }
}
