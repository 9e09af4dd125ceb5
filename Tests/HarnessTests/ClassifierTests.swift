import Testing

@testable import BuiltInRules
@testable import CheckCore
@testable import HarnessSupport
@testable import KubernetesModel

@Suite("The classifier")
struct ClassifierTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let path: String
        let content: String
        let kind: ArtifactKind
        var testDescription: String {
            "\(path.debugDescription) is \(kind.rawValue): \(content.prefix(40).debugDescription)"
        }

        init(_ kind: ArtifactKind, _ path: String, _ content: String = "") {
            (self.kind, self.path, self.content) = (kind, path, content)
        }
    }

    static let byName: [Case] = [
        Case(.terraform, "a/main.tf"), Case(.terraformVariables, "prod.auto.tfvars"),
        Case(.terraformTest, "tests/a.tftest.hcl"), Case(.terraformTest, "tests/mocks/aws.tfmock.hcl"),
        Case(.terraformLock, "a/.terraform.lock.hcl"), Case(.shell, "a.sh"), Case(.shell, "a.bash"),
        Case(.kustomization, "k8s/base/kustomization.yaml"), Case(.kustomization, "Kustomization"),
        Case(.containerfile, "Containerfile"), Case(.containerfile, "a/Dockerfile"),
        Case(.containerfile, "Dockerfile.arm64"), Case(.containerfile, "web.Dockerfile"),
        Case(.text, "Dockerfile.dockerignore", "*\n"), Case(.jenkinsfile, "ci/Jenkinsfile"), Case(.python, "a.py"),
        Case(.pythonRequirements, "requirements.txt"), Case(.pythonRequirements, "requirements-dev.txt"),
        Case(.markdown, "README.md"), Case(.markdown, "docs/A.MD"), Case(.swift, "Package.swift"),
        Case(.makefile, "Makefile"), Case(.makefile, "rules.mk"), Case(.json, "Package.resolved", "{}"),
        Case(.text, "notes.txt", "x\n"), Case(.text, ".gitignore", "x\n"), Case(.text, "empty"),
    ]

    static let byYAML: [Case] = [
        Case(.githubWorkflow, ".github/workflows/ci.yml", "on: push\njobs:\n"),
        Case(.githubWorkflow, "examples/app/.github/workflows/ci.yaml", "name: a\n"),
        Case(.yaml, ".github/dependabot.yml", "version: 2\nupdates: []\n"),
        Case(.kubernetes, "flow.yaml", "# a\n---\n{apiVersion: v1, kind: Service}\n"),
        Case(.kubernetes, "json.yaml", "{\"apiVersion\": \"v1\", \"kind\": \"Service\"}"),
        Case(.kubernetes, "quoted.yaml", "\"apiVersion\": v1\n'kind': Service\n"),
        Case(.cloudFormation, "stack.template", "{\"Resources\": {\"a\": {\"Type\": \"AWS::SQS::Queue\"}}}"),
        Case(.kubernetes, "filled-in.yaml", "{{ header }}\napiVersion: v1\nkind: Service\n"),
        Case(.yaml, "broken.yaml", "{apiVersion: v1, kind: Service"),
        Case(.githubAction, "action.yml", "name: a\nruns:\n  steps: []\n"),
        Case(.yaml, "action.yml", "name: a\nsteps: []\n"),
        Case(.helm, "chart/templates/deployment.yaml", "apiVersion: v1\nkind: Pod\nname: {{ .Values.a }}\n"),
        Case(.kubernetes, "chart/templates/plain.yaml", "apiVersion: v1\nkind: Pod\n"),
        Case(.yaml, "chart/Chart.yaml", "apiVersion: v2\nname: a\n"),
        Case(.yaml, "chart/values.yaml", "image:\n  tag: a\nresources: {}\njobs: []\n"),
        Case(.cloudFormation, "a.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n"),
        Case(.cloudFormation, "b.yml", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n"),
        Case(.cloudFormation, "c.yml", "Resources:\n  A:\n    Type: \"AWS::S3::Bucket\"\n"),
        Case(.cloudFormation, "d.template", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n"),
        Case(
            .cloudFormation, "cfn/templates/e.yaml",
            "Resources:\n  A:\n    Type: AWS::SSM::Parameter\n    V: '{{resolve:ssm:a}}'\n"),
        Case(.yaml, "f.yml", "Resources:\n  - a\n"), Case(.text, "g.template", "Hello $name\n"),
        Case(.yaml, "docker-compose.yml", "version: '3'\nservices:\n  a:\n    image: b\nnetworks:\n"),
        Case(.yaml, "openapi.yaml", "openapi: 3.1.0\ninfo:\n  title: a\npaths: {}\n"),
        Case(.kubernetes, "crd.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"),
        Case(.kubernetes, "many.yaml", "# a\n---\nkind: Service\napiVersion: v1\n"),
        Case(.kubernetes, "crlf.yaml", "apiVersion: v1\r\nkind: Pod\r\n"),
        Case(.ansible, "ansible/roles/web/tasks/main.yml", "- name: a\n"),
        Case(.ansible, "roles/web/defaults/main.yaml", "port: 80\n"),
        Case(.prometheusRules, "roles/web/files/rules.yaml", "groups:\n  - rules: []\n"),
        Case(.ansible, "site.yml", "---\n- name: a\n  hosts: all\n"),
        Case(.ansible, "all.yml", "- import_playbook: site.yml\n"), Case(.yaml, "list.yml", "- a\n- b\n"),
        Case(.azurePipeline, "azure-pipelines-nightly.yml", "steps: []\n"),
        Case(.azurePipeline, "ci/build.yml", "trigger: none\npool:\n  vmImage: a\nsteps:\n"),
        Case(.azurePipeline, "templates/job.yml", "parameters:\n- name: a\njobs:\n- job: ${{ parameters.a }}\n"),
        Case(
            .azurePipeline, "templates/variables.yml", "parameters:\n- name: a\nvariables:\n  b: ${{ parameters.a }}\n"),
        Case(.yaml, ".gitlab-ci.yml", "stages: [a]\nvariables: {}\nimage: b\n"),
        Case(.prometheus, "prometheus.yml", "global:\nscrape_configs:\n"),
        Case(.yaml, "promtail.yaml", "server:\nclients:\nscrape_configs:\n"),
        Case(
            .prometheusRules, "a.yaml",
            "groups:\n  - name: a\n    rule:\n      - {alert: A, expr: up}\n  - alert: B\n    expr: up\n"),
        Case(.alertmanager, "alertmanager.yml", "global:\nroute:\n  receiver: a\nreceivers:\n"),
        Case(.prometheusRules, "rules.yml", "groups:\n- name: a\n  rules:\n  - alert: B\n"),
        Case(.prometheusRulesTest, "rules_test.yml", "rule_files: [a]\nevaluation_interval: 1m\ntests: []\n"),
        Case(.prometheus, "prometheus.yml", "global:\nrule_files: [a]\nscrape_configs: []\n"),
        Case(.yaml, "malformed.yaml", "a: [\n\t}"), Case(.yaml, "empty.yaml"),
    ]

    static let byContent: [Case] = [
        Case(.json, "a.json", "{\"a\": 1}"), Case(.cloudFormation, "a.json", "{\"AWSTemplateFormatVersion\": \"\"}"),
        Case(.cloudFormation, "b.json", "{\"Resources\": {\"A\": {\"Type\": \"AWS::S3::Bucket\"}}}"),
        Case(
            .json, "event.json",
            "{\"fragment\": {\"AWSTemplateFormatVersion\": \"\", \"Resources\": {\"A\": \"AWS::\"}}}"),
        Case(.json, "cut.json", "{\"a\\"), Case(.cloudFormation, "cut.json", "{\"AWSTemplateFormatVersion\" : {"),
        Case(.grafanaDashboard, "dashboards/a.json", "{\"panels\": [], \"schemaVersion\": 39}"),
        Case(.kubernetes, "pod.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}"),
        Case(.json, "policy.json", "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Resource\": \"*\"}]}"),
        Case(.shell, "bin/run", "#!/usr/bin/env bash\n"), Case(.shell, "hook", "#!/bin/sh -e\n"),
        Case(.text, "user-data.tpl", "#!/bin/sh\n${ before }\n"), Case(.text, "run.sh.tftpl", "#!/bin/sh\n"),
        Case(.shell, "split", "#!/usr/bin/env -S bash -eu\n"), Case(.text, "tool", "#!/usr/bin/env python3\n"),
        Case(.text, "fish", "#!/usr/bin/fish\n"), Case(.text, "late", "\n#!/bin/sh\n"),
        Case(.binary, "image.png", "\u{89}PNG\u{0}\u{0}"), Case(.binary, "noending", "\u{0}"),
    ]

    @Test("classifies a file by its name, its path or its first keys", arguments: byName + byYAML + byContent)
    func kinds(_ testCase: Case) {
        let artifact = Classifier.classify(path: testCase.path) { Array(testCase.content.utf8) }
        #expect(artifact.kind == testCase.kind)
        #expect(artifact.path == testCase.path)
    }

    @Test("has a test for every kind")
    func everyKind() {
        #expect(Set((Self.byName + Self.byYAML + Self.byContent).map(\.kind)) == Set(ArtifactKind.allCases))
    }

    @Test("does not read a file whose name is enough")
    func namesAreEnough() {
        for testCase in Self.byName where ![.text, .binary].contains(testCase.kind) {
            let artifact = Classifier.classify(path: testCase.path) {
                Issue.record("\(testCase.path) was read")
                return nil
            }
            #expect(artifact.kind == testCase.kind)
        }
    }

    @Test("ignores JSON files whose parsers accept comments")
    func comments() {
        for path in ["tsconfig.json", ".vscode/settings.json", ".devcontainer/devcontainer.json"] {
            #expect(Classifier.classify(path: path) { Array("{}".utf8) }.syntax == .other)
        }
        #expect(Classifier.classify(path: "settings.json") { Array("{}".utf8) }.syntax == .json)
    }

    @Test("classifies an unreadable file as binary")
    func unreadable() {
        #expect(Classifier.classify(path: "a.yaml") { nil }.kind == .binary)
    }
}
