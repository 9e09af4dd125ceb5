import CheckCore
import DeliveryModel
import HarnessSupport
import KubernetesModel
import Tooling

/// Checks Argo CD projects and applications: every path builds, the project permits exactly the objects that the
/// applications create, the steps are in a valid order, and production has a sync window.
struct GitOps: Check {
    let name = "gitops"
    let summary = "Argo CD applications build, are allowed by their project, and sync in a valid order"
    let tools = [Tool.kubectl]
    let isBatched = false

    func subjects(in repository: Repository) -> [Subject] {
        let all = repository.kustomizations
        // What an application deploys may be any overlay.
        let inputs = Set(all.byFolder.values.flatMap { all.files(of: $0) }).sorted()
        let declares = Set(
            repository.artifacts(of: .kubernetes).map(\.path).filter {
                repository.text(of: $0)?.contains("apiVersion: argoproj.io/") == true
            })
        return all.overlays.filter { overlay in all.files(of: overlay).contains(where: declares.contains) }.map {
            Subject(path: $0.path, inputs: inputs)
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var findings: [Finding] = []
        let all = context.repository.kustomizations
        for overlay in all.overlays where subjects.contains(where: { $0.path == overlay.path }) {
            guard
                case .objects(let objects, _) = try await context.repository.renderings.rendering(
                    of: overlay, in: context)
            else { throw Skipped("\(overlay.path) does not build; see the findings of kustomize") }
            do {
                findings += try await self.findings(
                    objects, isProduction: ManifestSets.environment(of: overlay.path) == "production", context)
            } catch let unread as ArgoApplication.Unread {
                throw Skipped(unread.reason)
            }
        }
        return findings
    }

    private func findings(_ objects: [KubeObject], isProduction: Bool, _ context: CheckContext) async throws
        -> [Finding]
    {
        let applications = try ArgoApplication.all(in: objects)
        var findings: [Finding] = []
        var deployed: [Deployed] = []
        for application in applications {
            let (made, problems) = try await rendered(application, context)
            findings += problems
            if let made { deployed.append(Deployed(application: application, objects: made)) }
        }
        let projects = objects.compactMap(ArgoProject.init)
        let rules = GitOpsRules(name: name, deployed: deployed, projects: projects, objects: objects)
        // A path that does not build hides the permissions that it uses.
        let isWhole = deployed.count == applications.count
        findings += rules.permitted()
        if isWhole {
            findings += rules.unused()
            findings += rules.order()
            findings += rules.deadlocks() + rules.waitingClaims() + rules.frozen()
        }
        findings += rules.steps()
        findings += rules.shared()
        findings += rules.replicas()
        if isProduction { findings += rules.production() }
        return findings
    }

    private func rendered(
        _ application: ArgoApplication, _ context: CheckContext
    ) async throws -> ([KubeObject]?, [Finding]) {
        if let key = application.unfilled.first {
            return (
                nil,
                [
                    application.finding(
                        "\(name)/template", "the generator element has no value for \(key)",
                        remedy: "add the key to the element")
                ]
            )
        }
        guard let kustomization = context.repository.kustomizations.byFolder[application.path] else {
            // Another program creates the objects, or they are applied unchanged.
            let isPlain = context.repository.artifacts.contains {
                $0.path.parentPath == application.path
                    && ($0.kind == .kubernetes || $0.path.lastPathPart == "Chart.yaml")
            }
            if isPlain || application.isMadeByPlugin { return (nil, []) }
            return (
                nil,
                [
                    application.finding(
                        "\(name)/path", "deploys \(application.path), which has no kustomization",
                        remedy: "correct the path")
                ]
            )
        }
        switch try await context.repository.renderings.rendering(of: kustomization, in: context) {
        case .objects(let objects, _): return (objects, [])
        case .refused:
            return (
                nil,
                [
                    application.finding(
                        "\(name)/path", "deploys \(application.path), which does not build",
                        remedy: "fix the findings of kustomize")
                ]
            )
        }
    }

    var explanations: [String: String] {
        [
            "deadlock":
                "An application waits for an object that a later step creates, or for a volume that only a CronJob mounts, so the step never ends. Move the object to the same or an earlier step; judge the volume by a health check of your own.",
            "destination":
                "The application deploys to a cluster or namespace that its AppProject does not list. Argo CD refuses the sync. Source: https://argo-cd.readthedocs.io/en/stable/user-guide/projects/",
            "frozen":
                "Argo CD keeps the live value of a field that the manifest sets, so a commit to the field has no effect. Source: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/",
            "kind":
                "The application creates a kind that its AppProject does not allow. Argo CD refuses the sync. Source: https://argo-cd.readthedocs.io/en/stable/user-guide/projects/",
            "order":
                "An application needs an object of another application that does not come in an earlier step. The first sync fails.",
            "path":
                "The application names a folder without a kustomization. Argo CD cannot render it.",
            "project":
                "The application names an AppProject that the repository does not define, so its limits are unknown.",
            "replicas":
                "The manifest fixes replicas that an autoscaler also sets. Argo CD and the autoscaler overwrite each other.",
            "revision":
                "Production follows a branch that every commit changes. A promotion branch or a tag keeps a commit from reaching production unreviewed.",
            "shared":
                "Two applications create the same object and overwrite each other with every sync.",
            "source":
                "The application comes from a repository that its AppProject does not list. Argo CD refuses the sync.",
            "step":
                "The application has no label that a step of the ApplicationSet selects, so Argo CD never syncs it. Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Progressive-Syncs/",
            "steps-off":
                "The ApplicationSet has steps, but progressive syncs are off in the controller, which then ignores the steps. Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Progressive-Syncs/",
            "template":
                "The template uses a parameter that a generator element does not set. The field stays empty or the template fails.",
            "unused":
                "The AppProject permits a source or destination that none of its applications uses.",
            "wildcard":
                "The AppProject permits `*`. An application could then deploy anything anywhere.",
            "window":
                "No sync window limits when production may change. Source: https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/",
        ]
    }

    var examples: [Example] { SampleDelivery.examples }
}
