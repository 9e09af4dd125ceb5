import CheckCore
import DeliveryModel

/// Checks that templates exist and get the parameters that they declare, and that template expressions can be evaluated
/// before the run.
struct PipelineTemplates: PipelineRule {
    let name = "azure-templates"
    let summary = "templates of Azure pipelines exist and are called with the parameters that they declare"
    let advice = Advice.rules("unknown")

    func problems(in scene: PipelineContext) -> [PipelineProblem] { scene.problems }

    var explanations: [String: String] {
        [
            "parameter-key":
                "The declaration of a parameter has an unknown key. Azure rejects the pipeline.",
            "parameter-missing":
                "A template is used without a parameter that has no default. Azure rejects the pipeline.",
            "parameter-type":
                "The value does not have the type of the parameter. Azure rejects the pipeline.",
            "parameter-undeclared":
                "The template uses a parameter that it does not declare.",
            "parameter-unknown":
                "A template is given a parameter that it does not declare. Azure rejects the pipeline.",
            "parameter-value":
                "The value is not one of those that the parameter allows. Azure rejects the pipeline.",
            "template":
                "The template does not exist or cannot be expanded.",
            "unknown":
                "The template is in another repository, which the check does not read.",
        ]
    }

    var examples: [Example] {
        let template = """
            parameters:
              - name: tag
                type: string
                values: [a, b]
              - name: loud
                type: boolean
                default: false
            steps:
              - ${{ if parameters.loud }}:
                  - script: echo loud
              - ${{ else }}:
                  - script: echo ${{ parameters.tag }}

            """
        func call(_ parameters: String) -> [String: String] {
            [
                "azure-pipelines.yml":
                    "pool: { vmImage: x }\nsteps:\n  - template: steps/say.yml\n    parameters: \(parameters)\n",
                "steps/say.yml": template,
            ]
        }
        return [
            .sound("a template with its parameters", call("{ tag: a, loud: true }")),
            .broken(
                "a pipeline that includes itself",
                ["azure-pipelines.yml": "steps:\n  - template: azure-pipelines.yml\n"], triggers: "template"),
            .broken(
                "a template that does not exist", ["azure-pipelines.yml": "steps:\n  - template: a.yml\n"],
                triggers: "template"),
            .broken(
                "a template of no name in a repository of no name",
                ["azure-pipelines.yml": "steps:\n  - template: \"@\"\n"], triggers: "unknown"),
            .broken("a parameter that is needed", call("{ loud: true }"), triggers: "parameter-missing"),
            .broken("a parameter that does not exist", call("{ tag: a, quiet: true }"), triggers: "parameter-unknown"),
            .sound(
                "the old form of parameters, which takes any",
                ["azure-pipelines.yml": "parameters: { a: b }\nsteps:\n  - script: echo ${{ parameters.a }}\n"]),
            .broken(
                "a parameter that nobody declares",
                call("{ tag: a }").mapValues { $0.replacing("${{ parameters.tag }}", with: "${{ parameters.tags }}") },
                triggers: "parameter-undeclared"),
            .broken(
                "a key that parameters do not have",
                call("{ tag: a }").mapValues { $0.replacing("default: false", with: "defualt: false") },
                triggers: "parameter-key", "parameter-missing"),
            .broken("a text for a boolean", call("{ tag: a, loud: very }"), triggers: "parameter-type"),
            .sound(
                "a list of values",
                [
                    "azure-pipelines.yml":
                        "parameters:\n  - name: regions\n    type: stringList\n    values: [uk, us]\n    default: [uk, us]\nsteps:\n  - script: echo\n"
                ]),
            .broken(
                "a list with a value that is not allowed",
                [
                    "azure-pipelines.yml":
                        "parameters:\n  - name: regions\n    type: stringList\n    values: [uk, us]\n    default: [uk, de]\nsteps:\n  - script: echo\n"
                ], triggers: "parameter-value"),
            .broken("a value that is not allowed", call("{ tag: c }"), triggers: "parameter-value"),
            .broken(
                "an expression that only the run knows",
                ["azure-pipelines.yml": "steps:\n  - script: echo ${{ variables.missing }}\n"], triggers: "unknown"),
            .broken(
                "a function that is not known",
                ["azure-pipelines.yml": "steps:\n  - script: echo ${{ counter('a', 1) }}\n"], triggers: "unknown"),
        ]
    }
}
