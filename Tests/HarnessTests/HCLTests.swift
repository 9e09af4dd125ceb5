import Foundation
import TestSupport
import Testing

@testable import DocumentModels
@testable import HarnessSupport
@testable import KubernetesModel
@testable import Submission

@Suite("HCL")
struct HCLTests {
    @Test("parses blocks, labels and nested blocks with their lines")
    func blocks() throws {
        let body = try HCLBody(
            parsing: """
                terraform {
                }

                resource "aws_instance" "this" {
                  metadata_options {
                    http_tokens = "required"
                  }
                  tags = {}
                }
                locals { one = 1 }
                dynamic label {}
                """)
        #expect(body.blocks.map(\.type) == ["terraform", "resource", "locals", "dynamic"])
        #expect(body.blocks.map(\.line) == [1, 4, 10, 11])
        #expect(body.blocks[1].labels == ["aws_instance", "this"])
        #expect(body.blocks[3].labels == ["label"])
        #expect(body.blocks[2].body.expression("one") == "1")
        let nested = try #require(body.blocks("resource").first?.body.blocks("metadata_options").first)
        #expect(nested.line == 5)
        #expect(nested.body.string("http_tokens") == "required")
        #expect(body.blocks("resource").first?.body.expression("tags") == "{}")
    }

    @Test("parses a multi-line expression up to its closing bracket")
    func expressions() throws {
        let body = try HCLBody(
            parsing: """
                a = [
                  for name in var.names : upper(name) # why
                  if name != "]"
                ]
                b = {
                  "x" = (1 + 2)
                }
                c = var.a == "" ? 1 : 2  // why
                d = 1 /* why */
                e = a < b && c <= d
                """)
        #expect(body.attributes.map(\.name) == ["a", "b", "c", "d", "e"])
        #expect(body.attributes.map(\.line) == [1, 5, 8, 9, 10])
        #expect(body.expression("a")?.hasSuffix("if name != \"]\"\n]") == true)
        #expect(body.expression("b") == "{\n  \"x\" = (1 + 2)\n}")
        #expect(body.expression("c") == "var.a == \"\" ? 1 : 2")
        #expect(body.expression("d") == "1")
        #expect(body.expression("e") == "a < b && c <= d")
    }

    @Test("continues an expression after an inline comment")
    func commentInsideExpression() throws {
        let body = try HCLBody(parsing: "a = 1 /* one */ + 2\nb = 3\n")
        #expect(body.attributes.map(\.name) == ["a", "b"])
        #expect(body.expression("a") == "1 /* one */ + 2")
    }

    @Test("parses the contents of a heredoc as text", arguments: ["<<EOT", "<<-EOT"])
    func heredocs(_ opening: String) throws {
        let text =
            "policy = \(opening)\n  { \"a\": \"}\n  # no comment, EOT is not the end\n  ${x(\"}\")}\n  EOT\nb = 1\n"
        let body = try HCLBody(parsing: text)
        #expect(body.attributes.map(\.name) == ["policy", "b"])
        #expect(body.attributes.map(\.line) == [1, 6])
    }

    @Test("parses a heredoc inside a call as an argument")
    func heredocInCall() throws {
        let body = try HCLBody(parsing: "a = trimspace(<<-EOT\n  )\n  EOT\n)\nb = 2\n")
        #expect(body.attributes.map(\.name) == ["a", "b"])
    }

    @Test("skips all three kinds of comments")
    func comments() throws {
        let body = try HCLBody(parsing: "# a = 1\n// b {\n/* c = 1\n}\n*/ d = 4 # e = 5\n/**/\nf = 6")
        #expect(body.attributes.map(\.name) == ["d", "f"])
        #expect(body.attributes.map(\.line) == [5, 7])
        #expect(body.expression("d") == "4")
    }

    @Test(
        "finds the end of a string behind templates, quotes and escapes",
        arguments: [
            #""${var.a}""#, #""${lookup(var.m, "a}")}""#, #""${{ a = "${"b"}" }}""#, #""%{ if a == "x" }}%{ endif }""#,
            #""a \" { b""#, #""c:\\""#, #""$${not a template""#, #""%%{not a directive""#, #""$""#, #""100%""#,
            #""{""#, #""a # b""#, #""a // b""#, #""$$""#,
        ])
    func strings(_ literal: String) throws {
        let body = try HCLBody(parsing: "a = \(literal)\nb = 1\n")
        #expect(body.expression("a") == literal)
        #expect(body.expression("b") == "1")
    }

    @Test("unquotes only plain strings")
    func values() throws {
        let body = try HCLBody(parsing: #"a = "x\"y\\n""# + "\nb = \"${var.x}\"\nc = 1\nd = \"\"\n")
        #expect(body.string("a") == #"x"y\n"#)
        #expect(body.string("b") == nil)
        #expect(body.string("c") == nil)
        #expect(body.string("d") == "")
    }

    @Test(
        "names the line of what is wrong",
        arguments: [
            ("a {\n  b = 1\n", 1, "not closed"), ("x = 1\na {\n  b {\n  }\n", 2, "not closed"),
            ("a = 1\nb = \"x\nc = 2\n", 2, "string"), ("a = 1\nb = \"x", 2, "string"),
            ("a = 1\nb = [1,\n 2\nc = 3\n", 2, "bracket"), ("a = 1\nb = f(\n", 2, "bracket"),
            ("a = 1\n}\n", 2, "brace"), ("a {\n}\n}\n", 3, "brace"), ("a = (1]\n", 1, "match"),
            ("a = <<EOT\nx\n", 1, "EOT"), ("\n\n= 1\n", 3, "expected"), ("a = 1\nb c d\n", 2, "expected"),
            ("a = \"${x\n", 1, "not closed"), ("\na = 1 ]\n", 2, "expected"), ("a = 1\n/* b\n", 2, "comment"),
            ("a = \n", 1, "value"),
        ])
    func errors(_ text: String, _ line: Int, _ word: String) {
        let error = #expect(throws: HCLError.self) { try HCLBody(parsing: text) }
        #expect(error?.line == line)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test("rejects deeply nested blocks and accepts deeply nested brackets")
    func nesting() throws {
        let blocks = String(repeating: "a {\n", count: 5_000) + String(repeating: "}\n", count: 5_000)
        #expect(throws: HCLError.self) { try HCLBody(parsing: blocks) }
        let brackets = "a = " + String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)
        #expect(try HCLBody(parsing: brackets).attributes.count == 1)
        for unit in ["\"${", "${\"", "{\"${"] {
            let text = "a = \"${" + String(repeating: unit, count: 20_000)
            #expect(throws: HCLError.self) { try HCLBody(parsing: text) }
        }
    }

    @Test("returns a result or an error for 2,000 mangled texts")
    func mangled() throws {
        let module = Project.root + "/terraform/modules/aurora-cluster/main.tf"
        let original = Array(try String(contentsOfFile: module, encoding: .utf8).utf8)
        _ = try HCLBody(parsing: String(decoding: original, as: UTF8.self))
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let bytes = Mutation.mangle(original, spice: Array("{}[]()\"$%<-EOT\n\\#/*=".utf8), using: &random)
            _ = try? HCLBody(parsing: String(decoding: bytes, as: UTF8.self))
        }
    }
}
