import CheckCore
import DocumentModels
import HarnessSupport

/// Finds passwords and keys that a template contains, and passwords that are the default of a parameter or variable.
///
/// Source: AWS Well-Architected Framework, SEC02-BP03 "Store and use secrets securely"; the property names are those
/// that the CloudFormation template reference documents as secrets.
extension OpenDoors {
    private static let secrets: Set = [
        "ADDomainJoinPassword", "AccessToken", "AccountPassword", "AuthToken", "ClientSecret",
        "CrossRealmTrustPrincipalPassword", "KdcAdminPassword", "MasterUserPassword", "OauthToken", "Password",
        "PrivateKey", "RefreshToken", "SecretToken", "TokenKey",
    ]

    /// Secrets in the properties of a resource, at any depth.
    func secrets(
        in properties: YAMLNode, of address: String, _ path: String, _ root: YAMLNode, _ lines: [Substring]
    ) -> [Finding] {
        let nested = properties.entries.map(\.value) + properties.elements
        let own = properties.entries.filter { Self.secrets.contains($0.key.text) }.compactMap { _, value in
            secret(value, in: root, lines).map { password(path, $0, address) }
        }
        return own + nested.flatMap { secrets(in: $0, of: address, path, root, lines) }
    }

    /// The line of the secret's text: in the property itself, or in the default of the parameter that it names.
    private func secret(_ value: YAMLNode, in root: YAMLNode, _ lines: [Substring]) -> Int? {
        let line = lines.indices.contains(value.line - 1) ? lines[value.line - 1] : ""
        let isTagged = line.contains(/:\s*!/)
        let isReference = !isTagged || line.contains(/:\s*!Ref\b/)
        if let name = value["Ref"]?.text ?? (value.isScalar && isReference ? value.text : nil),
            let parameter = root["Parameters", name]
        {
            // The default of other types is the name of a value that CloudFormation looks up.
            guard parameter["Type"]?.text == "String", let text = parameter["Default"], Self.isSecret(text.text) else {
                return nil
            }
            return text.line
        }
        return !isTagged && isLiteral(value, in: root) && Self.isSecret(value.text) ? value.line : nil
    }

    /// Terraform's `var.name`, if the variable's default is a text.
    func secretDefault(_ expression: String, _ files: [(path: String, body: HCLBody)]) -> (path: String, line: Int)? {
        guard let name = expression.wholeMatch(of: /var\.(\w+)/)?.1 else { return nil }
        for (path, body) in files {
            let variable = body.blocks("variable").first { $0.labels.first == String(name) }
            let value = variable?.body.attributes.first { $0.name == "default" }
            if let value, Self.isSecret(HCLBody.unquoted(value.expression) ?? "") { return (path, value.line) }
        }
        return nil
    }

    /// An empty text and a placeholder are not secrets.
    private static func isSecret(_ text: String) -> Bool {
        !text.isEmpty && !text.contains(/\{\{resolve:|[<>{}]|^\*+$|(?i)^(?:x+|none|null|todo|change[-_ ]?me|replace)/)
    }
}
