import CheckCore
import DocumentModels
import KubernetesModel

/// Finds secrets in manifests, which every reader of the repository can see.
struct PlainSecrets: ManifestRule {
    let name = "k8s-secrets"
    let summary = "manifests contain no secrets, and ExternalSecrets refresh"
    let advice = Advice.rules("in-clear", "variable")

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.objects.flatMap { object -> [Finding] in
            switch object.kind {
            case "Secret": inClear(object)
            case "ConfigMap": configured(object)
            case "ExternalSecret": stale(object)
            default: []
            }
        } + scene.workloads.flatMap(variables)
    }

    private func inClear(_ object: KubeObject) -> [Finding] {
        ["data", "stringData"].compactMap { object.node[$0] }.flatMap(\.entries).map { key, _ in
            object.finding(
                "\(name)/in-clear", at: key, "contains \(key.text); base64 is not encryption",
                remedy: "keep the value in a secret store, and read it with an ExternalSecret")
        }
    }

    /// A private key, or a literal under a name that in any program is a password: `label.password` is none.
    private static func isSecret(_ name: String, _ value: YAMLNode) -> Bool {
        if value.text.contains(/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/) { return true }
        let owners =
            /(?i)^(?:(?:\w+[_.-])*(?:admin|amqp|db|database|datasource|elastic|ldap|mail|mariadb|mongo(?:db)?|mysql|pg|postgres(?:ql)?|rabbitmq|redis|root|smtp|user)[_.-]?)?(?:password|passwd)$/
        return (name.contains(owners) || name.contains(/(?i)secret[_-]?access[_-]?key$/)) && isLiteral(value)
    }

    /// Not empty, a sentence, a number of three digits or a setting such as `false`; not a placeholder, a reference such
    /// as `vault:secret/data/mysql#password` or an ARN, nor the name of a file.
    private static func isLiteral(_ value: YAMLNode) -> Bool {
        let text = value.text
        return !text.isEmpty && !value.isNull && value.bool == nil
            && !text.contains(/[<>{}$\s]|^[@%].*[@%]$|^\.{0,2}\/|\.(?:crt|jks|json|key|p12|pem|txt)$|^\*+$|^\d{1,3}$/)
            && !text.contains(/(?i)^(?:[a-z][a-z0-9+.-]*:|ENC\[|x+$|none|todo|change[-_ ]?me|replace)/)
            && !text.contains(/(?i)^(?:true|false|yes|no|on|off|enabled|disabled|required|optional)$/)
    }

    /// A ConfigMap is for what everybody may read.
    ///
    /// Source: Kubernetes documentation, ConfigMaps, "ConfigMap does not provide secrecy or encryption".
    private func configured(_ object: KubeObject) -> [Finding] {
        object.node["data"].entries.filter { Self.isSecret($0.key.text, $0.value) }.map { key, _ in
            object.finding(
                "\(name)/password", at: key, "a ConfigMap contains the value of \(key.text)",
                remedy: "keep the value in a secret store, and read it with an ExternalSecret")
        }
    }

    /// The variables that the images of databases and the AWS SDKs read.
    private static let passwords: Set = [
        "AWS_SECRET_ACCESS_KEY", "DATABASE_PASSWORD", "DB_PASSWORD", "MARIADB_PASSWORD", "MARIADB_ROOT_PASSWORD",
        "MONGO_INITDB_ROOT_PASSWORD", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD", "PGPASSWORD", "POSTGRES_PASSWORD",
        "POSTGRESQL_PASSWORD", "REDIS_PASSWORD",
    ]

    /// Zero means: fetch once, never refresh.
    private func stale(_ object: KubeObject) -> [Finding] {
        let interval = object.spec?["refreshInterval"]
        let isOnce = object.spec?["refreshPolicy"]?.text == "CreatedOnce"
        guard isOnce || interval.map({ Traffic.seconds($0.text) ?? 0 == 0 }) ?? false else { return [] }
        return [
            object.finding(
                "\(name)/stale", at: interval, "never refreshes, so a rotated value does not arrive",
                remedy: "set refreshInterval, for example 15m"
            )
        ]
    }

    private func variables(_ workload: Workload) -> [Finding] {
        workload.allContainers.flatMap { $0["env"].elements }.compactMap { variable in
            guard let name = variable["name"]?.text, let value = variable["value"], !value.text.isEmpty,
                name.contains(/(PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|PRIVATE_KEY)/)
            else { return nil }
            if Self.passwords.contains(name), Self.isLiteral(value) {
                return workload.object.finding(
                    "\(self.name)/password", at: value, "\(name) has its value in the manifest",
                    remedy: "read it with secretKeyRef")
            }
            return workload.object.finding(
                "\(self.name)/variable", at: value, "\(name) has its value in the manifest",
                remedy: "read it with secretKeyRef")
        }
    }

    var explanations: [String: String] {
        [
            "in-clear":
                "A Secret has its values in the repository. Base64 is an encoding, not encryption.",
            "password":
                "A ConfigMap or a variable contains a password or a private key, which everybody who may read pods or "
                + "the repository can read.",
            "stale":
                "The ExternalSecret never refreshes, so a rotated value does not arrive.",
            "variable":
                "An environment variable whose name suggests a secret has its value in the manifest.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        func external(_ interval: String) -> [String: String] {
            Sample.adding(
                "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: shop, namespace: shop}\nspec: {refreshInterval: \(interval)}\n",
                as: "k8s/external.yaml")
        }
        let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: till, namespace: shop}\n"
        let variable = "- name: LEVEL\n              valueFrom:"
        return [
            .sound("an application", Sample.files),
            .sound("a secret from outside", external("15m")),
            .broken("one that is fetched once", external("\"0\""), triggers: "stale"),
            .broken(
                "a secret in base64", Sample.adding(secret + "data: {pin: MTIzNA==}\n", as: "k8s/secret.yaml"),
                triggers: "in-clear"),
            .broken(
                "a secret in clear", Sample.adding(secret + "stringData: {pin: \"1234\"}\n", as: "k8s/secret.yaml"),
                triggers: "in-clear"),
            .broken(
                "the password of a database among the variables",
                Sample.with(
                    variable, "- name: POSTGRES_PASSWORD\n              value: correct-horse\n            \(variable)",
                    in: "deployment"), triggers: "password"),
            .broken(
                "a password in a ConfigMap",
                Sample.adding(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: till, namespace: shop}\ndata: {db-password: correct-horse}\n",
                    as: "k8s/till.yaml"), triggers: "password"),
            .broken(
                "an access key in a ConfigMap",
                Sample.adding(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: till, namespace: shop}\ndata: {aws_secret_access_key: correct-horse}\n",
                    as: "k8s/till.yaml"), triggers: "password"),
            .broken(
                "a private key in a ConfigMap",
                Sample.adding(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: till, namespace: shop}\ndata: {id_rsa: '-----BEGIN RSA PRIVATE KEY----- MII'}\n",
                    as: "k8s/till.yaml"), triggers: "password"),
            .sound(
                "settings and references about passwords",
                Sample.adding(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: till, namespace: shop}\ndata: {label.password: Enter, require-password: \"true\", forgot-password: 'https://example.com/', tls.private_key: certs/server.key, min.password: \"12\", db.password: \"@db.password@\", redis_password: \"false\", mysql_password: 'vault:secret/data/mysql#password', user-password: Enter your password}\n",
                    as: "k8s/till.yaml")),
            .sound(
                "a reference to a vault among the variables",
                Sample.with(
                    variable,
                    "- name: LEVEL\n              value: 'vault:secret/data/mysql#password'\n            \(variable.replacing("LEVEL", with: "OTHER"))",
                    in: "deployment")),
            .sound(
                "the name of a file with a password in a ConfigMap",
                Sample.adding(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: till, namespace: shop}\ndata: {password: /run/secrets/till, other-password: '${PASSWORD}'}\n",
                    as: "k8s/till.yaml")),
            .broken(
                "a password among the variables",
                Sample.with(
                    variable, "- name: TILL_PASSWORD\n              value: example\n            \(variable)",
                    in: "deployment"), triggers: "variable"),
        ]
    }
}
