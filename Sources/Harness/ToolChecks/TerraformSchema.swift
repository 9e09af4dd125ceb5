import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Checks Terraform code against its providers' schemas, without the providers.
///
/// It runs where `terraform validate` cannot, because the schema comes from the wheel in `TerraformSchemaSource`. Code
/// whose constraint accepts several major versions must match the schema of each. The check covers names of arguments
/// and blocks, required arguments, the number of blocks, types of literals, and attributes in references. It does not
/// evaluate expressions or follow module calls.
struct TerraformSchema: Check {
    let name = "terraform-schema"
    let summary = "Terraform code matches its providers' schemas, even if the providers cannot be fetched"
    let weight = 3.0
    // One module at a time, so that an unknown provider version skips only its module.
    let isBatched = false

    func subjects(in repository: Repository) -> [Subject] {
        let modules = repository.terraformModules
        return modules.values.filter { module in
            module.providers.keys.contains { TerraformSchemaSource.all[$0] != nil }
        }.map { Subject(path: $0.path, inputs: $0.files) }.sorted { $0.path < $1.path }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var findings: [Finding] = []
        for subject in subjects {
            guard let module = context.repository.terraformModules[subject.path] else { continue }
            for (address, constraints) in module.providers.sorted(by: { $0.key < $1.key }) {
                guard let sources = TerraformSchemaSource.all[address] else { continue }
                let accepts = { (version: String) in
                    constraints.allSatisfy { VersionConstraint($0)?.accepts(version) ?? false }
                }
                let accepted = sources.filter { accepts($0.version) }
                guard let newest = accepted.first else {
                    throw Skipped(
                        "no schema is known of \(address) \(constraints.joined(separator: ", ")), only of "
                            + sources.map(\.version).joined(separator: ", "))
                }
                // A later provider version that the constraint allows may have more than the newest schema.
                let mayBeNewer = Self.versions(after: newest.version).contains(where: accepts)
                var seen: Set<String> = []
                for source in accepted {
                    let schema = try await source.schema(context.toolbox)
                    for var finding in judged(module, by: schema, in: context.repository)
                    where seen.insert("\(finding.path):\(finding.line ?? 0) \(finding.message)").inserted {
                        if source.version == newest.version, mayBeNewer { finding.severity = .warning }
                        if accepted.count > 1 { finding.message += " in \(address) \(source.version)" }
                        findings.append(finding)
                    }
                }
            }
        }
        return findings
    }

    private func judged(
        _ module: TerraformModule, by schema: TerraformProviderSchema, in repository: Repository
    ) -> [Finding] {
        module.files.filter { $0.parentPath == module.path && $0.hasSuffix(".tf") }.flatMap { path in
            // The check `terraform-fmt` reports unreadable files.
            let found = (repository.hcl(path)?.blocks ?? []).flatMap { block in
                TerraformBlockJudge(schema: schema, path: path, rule: name).findings(of: block)
            }
            // Source: Terraform documentation, Override files: their blocks are merged into those of the other files.
            let isOverride = path.lastPathPart == "override.tf" || path.hasSuffix("_override.tf")
            return isOverride ? found.filter { $0.shortRule != "missing" } : found
        }
    }

    /// Returns the next minor and the next major version.
    private static func versions(after version: String) -> [String] {
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.count >= 2 else { return [] }
        return ["\(parts[0]).\(parts[1] + 1).0", "\(parts[0] + 1).0.0"]
    }

    var explanations: [String: String] {
        [
            "block":
                "The resource has no such nested block, or too many or too few of it.",
            "deprecated":
                "The expression reads an attribute that a later version of the provider deprecates.",
            "missing":
                "A required argument is missing.",
            "reference":
                "The expression reads an attribute that the resource does not have.",
            "resource":
                "The provider has no such resource or data source.",
            "type":
                "The value has the wrong type.",
            "unknown":
                "The resource has no such argument.",
        ]
    }

    var examples: [Example] {
        func code(_ text: String) -> [String: String] {
            [
                "main.tf": """
                terraform {
                  required_providers {
                    azurerm = {
                      source  = "hashicorp/azurerm"
                      version = "~> 4.0"
                    }
                  }
                }

                resource "azurerm_resource_group" "a" {
                  name     = "a"
                  location = "uksouth"
                }

                resource "azurerm_key_vault" "a" {
                  name                = "a"
                  location            = azurerm_resource_group.a.location
                  resource_group_name = azurerm_resource_group.a.name
                  sku_name            = "standard"
                  tenant_id           = "a"
                \(text)}

                """
            ]
        }
        /// Both major versions of the AWS provider, as the modules accept them.
        func region(_ text: String) -> [String: String] {
            [
                "main.tf": """
                terraform {
                  required_providers {
                    aws = {
                      source  = "hashicorp/aws"
                      version = ">= 5.100, < 7.0"
                    }
                  }
                }

                data "aws_region" "current" {}

                \(text)

                """
            ]
        }
        return [
            .sound(
                "an attribute that each major version has",
                region("locals {\n  region = data.aws_region.current.id\n}")),
            .broken(
                "an attribute that only the later major version has",
                region("locals {\n  region = data.aws_region.current.region\n}"), triggers: "reference"),
            .broken(
                "an argument that the later major version removed",
                region(
                    """
                    resource "aws_opsworks_stack" "a" {
                      name = data.aws_region.current.id
                    }
                    """), triggers: "missing", "resource"),
            .broken(
                "an attribute that is deprecated",
                region("locals {\n  region = data.aws_region.current.name\n}"), triggers: "deprecated"),
            .sound(
                "arguments, blocks, meta-arguments and dynamic blocks",
                code(
                    """
                      count                      = 1
                      provider                   = azurerm.other
                      depends_on                 = [azurerm_resource_group.a]
                      soft_delete_retention_days = "90"
                      tags                       = { a = "b" }

                      dynamic "network_acls" {
                        for_each = [1]
                        iterator = acl

                        content {
                          bypass         = "None"
                          default_action = "Deny"
                        }
                      }

                      timeouts {
                        create = "1h"
                      }

                      lifecycle {
                        ignore_changes = [tags]
                      }

                    """)),
            .sound(
                "a block that may be written as an attribute, and an attribute that Azure computes",
                [
                    "main.tf": code("")["main.tf", default: ""] + """
                        resource "azurerm_network_security_group" "a" {
                          name                = azurerm_key_vault.a.vault_uri
                          location            = "uksouth"
                          resource_group_name = azurerm_resource_group.a.name
                          security_rule       = []
                        }

                        """
                ]),
            .sound(
                "an override file that names only what it changes",
                code("").merging([
                    "override.tf": "resource \"azurerm_key_vault\" \"a\" {\n  sku_name = \"premium\"\n}\n"
                ]) { $1 }),
            .broken("an argument that the resource does not have", code("  sku = \"standard\"\n"), triggers: "unknown"),
            .broken(
                "an argument that a block does not have",
                code(
                    "\n  network_acls {\n    bypass         = \"None\"\n    default_action = \"Deny\"\n    allow          = \"all\"\n  }\n"
                ),
                triggers: "unknown"),
            .broken(
                "a required argument that is missing",
                code("").mapValues { $0.replacing("  tenant_id           = \"a\"\n", with: "") }, triggers: "missing"),
            .broken(
                "a required argument of a block that is missing",
                code("\n  network_acls {\n    bypass = \"None\"\n  }\n"), triggers: "missing"),
            .broken("a text for a boolean", code("  purge_protection_enabled = \"often\"\n"), triggers: "type"),
            .broken("a list for a text", code("  enabled_for_deployment = [true]\n"), triggers: "type"),
            .broken(
                "a list in a list of texts",
                code(
                    "\n  network_acls {\n    bypass         = \"None\"\n    default_action = \"Deny\"\n    ip_rules       = [[\"a\"]]\n  }\n"
                ),
                triggers: "type"),
            .broken(
                "an object in a list of texts",
                code(
                    "\n  network_acls {\n    bypass         = \"None\"\n    default_action = \"Deny\"\n    ip_rules       = [\"10.0.0.0/8\", { a = 1 }]\n  }\n"
                ), triggers: "type"),
            .sound(
                "texts, numbers and expressions in a list of texts",
                code(
                    "\n  network_acls {\n    bypass         = \"None\"\n    default_action = \"Deny\"\n    ip_rules       = [\"a,[b\", 1, local.range, \"${local.a[\"b\"]}/8\"]\n  }\n"
                )),
            .broken("a block as an attribute", code("  network_acls = { bypass = \"None\" }\n"), triggers: "block"),
            .broken(
                "a block that stands twice",
                code(
                    String(
                        repeating:
                            "\n  network_acls {\n    bypass         = \"None\"\n    default_action = \"Deny\"\n  }\n",
                        count: 2)), triggers: "block"),
            .broken(
                "a reference to an attribute that the resource does not have",
                code("  enabled_for_deployment = azurerm_resource_group.a.deployed\n"), triggers: "reference"),
            .broken(
                "a resource that the provider does not have",
                code("").mapValues { $0 + "resource \"azurerm_key_safe\" \"a\" {\n  name = \"a\"\n}\n" },
                triggers: "resource"),
        ]
    }
}
