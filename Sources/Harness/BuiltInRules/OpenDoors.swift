import CheckCore
import DocumentModels
import HarnessSupport

/// Finds resources that are open to the whole internet, and passwords in code.
///
/// These are errors because they are always wrong: SSH, RDP or every port from everywhere; a resource policy that
/// allows everybody without a condition; a literal database password. The bucket of a public website needs a
/// suppression with a reason. The check ignores values that are known only at plan time or from a parameter.
///
/// Sources: AWS Security Hub controls EC2.13, EC2.14, EC2.19, S3.2 and SQS.3 (docs.aws.amazon.com/securityhub);
/// Microsoft Cloud Security Benchmark NS-1; CIS Google Cloud benchmark 3.6 and 3.7.
struct OpenDoors: Check {
    let name = "open-doors"
    let summary = "no administration port or resource policy is open to everybody, and no password is in the code"

    func subjects(in repository: Repository) -> [Subject] {
        let modules = repository.terraformModules.values.map { module in
            Subject(
                path: module.path,
                inputs: module.files.filter { $0.parentPath == module.path && $0.hasSuffix(".tf") })
        }
        return modules.sorted { $0.path < $1.path }
            + repository.artifacts(of: .cloudFormation).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            if subject.inputs == [subject.path] {
                let tree = context.repository.yaml(subject.path)
                let lines = (context.repository.text(of: subject.path) ?? "").lines
                return tree?.documents.first.map { template(subject.path, $0, lines) } ?? []
            }
            return module(
                subject.inputs.compactMap { path in
                    context.repository.hcl(path).map { (path, $0) }
                })
        }
    }

    /// What an opened range of ports reaches.
    enum Reach {
        case everything
        case port(Int)

        /// `nil` if the range contains no administration port and is not the full range.
        init?(from: Int?, to: Int?, isEveryProtocol: Bool) {
            if isEveryProtocol {
                self = .everything
            } else if let from, let to, from <= to {
                if from <= 0, to >= 65_535 {
                    self = .everything
                } else if let port = [22, 3389].first(where: { (from...to).contains($0) }) {
                    self = .port(port)
                } else {
                    return nil
                }
            } else {
                return nil
            }
        }

        var text: String {
            switch self {
            case .everything: "every port"
            case .port(22): "SSH (port 22)"
            case .port: "RDP (port 3389)"
            }
        }
    }

    func opened(_ path: String, _ line: Int, _ subject: String, _ reach: Reach) -> Finding {
        Finding(
            rule: "\(name)/ingress", path: path, line: line,
            message: "\(subject) opens \(reach.text) to every address of the internet",
            remedy: "list the addresses that need access, or use a session manager instead of an open port")
    }

    func everybody(_ path: String, _ line: Int, _ subject: String) -> Finding {
        Finding(
            rule: "\(name)/everybody", path: path, line: line,
            message: "\(subject) gives every principal access without a condition",
            remedy: "list the principals, or add a condition such as aws:SourceArn or aws:PrincipalOrgID")
    }

    func password(_ path: String, _ line: Int, _ subject: String) -> Finding {
        Finding(
            rule: "\(name)/password", path: path, line: line,
            message: "\(subject) has a literal password",
            remedy: "let the service manage the password, or read it from a secret store")
    }
}
