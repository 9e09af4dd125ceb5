import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCore
@testable import Reporting
@testable import Submission

@Suite("References in Terraform, without providers")
struct TerraformReferenceTests {
    private static let sound = """
        variable "name" { type = string }
        locals {
          text = "var.none ${var.name} $${var.none}" # var.none
          page = <<-EOT
            var.none and ${local.text}
            %{ for text_x in var.name }${text_x.y}%{ endfor }
          EOT
        }
        resource "aws_vpc" "this" {
          count = length(local.page) > 1 ? 1 : 0
          dynamic "tag" {
            for_each = { a = 1 }
            content { value = tag.value }
          }
          lifecycle { ignore_changes = [tags] }
        }
        data "aws_region" "here" { provider = aws.west }
        moved {
          from = aws_vpc.old
          to   = aws_vpc.this
        }
        module "inner" {
          source = "./inner"
          vpc    = try(aws_vpc.this[0].id, data.aws_region.here.name)
        }
        module "far" { source = "example/far/aws" }
        output "id" { value = [module.inner.id, module.far.anything, module.far[var.name].id, path.module] }

        """
    private static let inner = "variable \"vpc\" {}\noutput \"id\" {\n  value = var.vpc\n}\n"

    private func messages(_ old: String, _ new: String) async throws -> [String] {
        try await withScratch { folder in
            try write(["main.tf": Self.sound.replacing(old, with: new), "inner/main.tf": Self.inner], to: folder)
            let repository = try await Discovery.repository(at: folder)
            let modules = repository.terraformModules
            let module = try #require(modules[""])
            return TerraformReferences(of: module, among: modules, in: repository).findings(rule: "r")
                .map { "\($0.line ?? 0) \($0.message)" }
        }
    }

    @Test("names that are declared, quoted or outside the repository are not reported")
    func sound() async throws { #expect(try await messages("data \"", "data \"") == []) }

    @Test(
        "a name that leads nowhere is found, with its line",
        arguments: [
            ("${var.name}", "${var.nam}", "3 var.nam is not declared in this module"),
            ("${local.text}", "${local.txt}", "5 local.txt is not declared in this module"),
            ("try(aws_vpc.this", "try(aws_vpc.that", "24 aws_vpc.that is not declared in this module"),
            ("aws_region.here.", "aws_region.there.", "24 data.aws_region.there is not declared in this module"),
            ("module.inner.id", "module.inner.ids", "27 the module inner has no output ids"),
            ("module.inner.id", "module.outer.id", "27 no module outer is called here"),
            ("far[var.name]", "far[var.names]", "27 var.names is not declared in this module"),
            ("  vpc    =", "  vcp    =", "24 the module has no variable vcp"),
            ("source = \"./inner\"", "source = \"./outer\"", "23 there is no folder outer"),
        ])
    func broken(_ old: String, _ new: String, _ message: String) async throws {
        #expect(try await messages(old, new) == [message])
    }

    @Test("an unreadable file suppresses findings, because its declarations are unknown")
    func malformed() async throws { #expect(try await messages("locals {", "locals {{ ${var.none}") == []) }
}
