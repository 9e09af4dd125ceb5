import CheckCore
import DocumentModels
import HarnessSupport

/// Checks a CloudFormation template against its test: a partial template, all of which must be in the real one.
///
/// A linter knows the valid values. Only the author knows that an alarm fires above its threshold, or that a statement
/// needs its condition.
struct TemplateTests: Check {
    let name = "template-test"
    let summary = "CloudFormation templates contain what their tests expect"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .yaml).map(\.path)
            .filter { $0.parentPath.lastPathPart == "tests" }
            .compactMap { path in
                guard let test = tree(path, repository), let named = test["template"]?.text, test["expect"] != nil
                else { return nil }
                let template = path.parentPath.appendingPath(named).normalizedPath ?? named
                return Subject(path: path, inputs: [path, template])
            }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let repository = context.repository
            guard let expected = tree(subject.path, repository)?["expect"] else { return [] }
            let template = subject.inputs[1]
            guard let actual = tree(template, repository) else {
                return [
                    Finding(
                        rule: "\(name)/missing", path: subject.path, line: 1,
                        message: "the template \(template) does not exist or cannot be read")
                ]
            }
            return differences(expected, actual, at: "", line: 1).map { line, message in
                Finding(
                    rule: name, path: template, line: line, message: message,
                    remedy: "fix the template, or fix \(subject.path) if the template is right")
            }
        }
    }

    private func tree(_ path: String, _ repository: Repository) -> YAMLNode? {
        repository.yaml(path)?.documents.first
    }

    /// - Parameter line: the line of the nearest existing value, for a missing one.
    private func differences(
        _ expected: YAMLNode, _ actual: YAMLNode?, at way: String, line: Int
    ) -> [(Int, String)] {
        guard let actual else { return expected.isNull ? [] : [(line, "\(way) is missing")] }
        if expected.isMapping {
            return expected.entries.flatMap { key, value in
                let inner = way.isEmpty ? key.text : "\(way).\(key.text)"
                return differences(value, actual[key.text], at: inner, line: actual.line)
            }
        }
        if expected.isSequence {
            let (wanted, found) = (expected.elements, actual.elements)
            guard wanted.count == found.count else {
                return [(actual.line, "\(way) has \(found.count) elements, and \(wanted.count) are expected")]
            }
            return wanted.indices.flatMap {
                differences(wanted[$0], found[$0], at: "\(way)[\($0)]", line: found[$0].line)
            }
        }
        guard actual.isScalar, actual.text == expected.text else {
            let found = actual.isScalar ? "'\(actual.text)'" : "a collection"
            return [(actual.line, "\(way) is \(found), and '\(expected.text)' is expected")]
        }
        return []
    }

    var explanations: [String: String] {
        [
            "missing":
                "A template test names a template that does not exist.",
            "template-test":
                "The template differs from what its test expects.",
        ]
    }

    var examples: [Example] {
        func files(_ expected: String, _ template: String = "queue.yaml") -> [String: String] {
            [
                "queue.yaml": """
                AWSTemplateFormatVersion: '2010-09-09'
                Resources:
                  Queue:
                    Type: AWS::SQS::Queue
                    Properties: { KmsMasterKeyId: !Ref Key, Tags: [{ Key: a, Value: b }] }

                """,
                "tests/queue.yaml":
                    "template: ../\(template)\nexpect:\n  Resources: { Queue: { Properties: { \(expected) } } }\n",
            ]
        }
        return [
            .sound("what is there", files("KmsMasterKeyId: !Ref Key, Tags: [{ Value: b }]")),
            .sound("what must not be there", files("QueueName: null")),
            .broken("another value", files("KmsMasterKeyId: alias/aws/sqs"), triggers: "template-test"),
            .broken("what is not there", files("DelaySeconds: 5"), triggers: "template-test"),
            .broken("a list of another length", files("Tags: []"), triggers: "template-test"),
            .broken("what must not be there and is", files("Tags: null"), triggers: "template-test"),
            .broken("no such template", files("DelaySeconds: 5", "topic.yaml"), triggers: "missing"),
        ]
    }
}
