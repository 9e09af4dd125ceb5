import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import Reporting
import Tooling

extension ApplicationImage {
    private static let site = "k8s/apps/report/image"

    /// The path of the page that `make report` writes.
    private static let asks = ".harness/report.html"

    /// The report: the proof level of each ask, if `make report` has run, and the findings of the checks in this
    /// repository. Any change of a file rebuilds it.
    static let report = version(named: "report") { asks, checks in
        ["checks.html": checks, "index.html": asks ?? checks]
    }

    /// The first version, which shows only the findings of the checks.
    static let reportV1 = version(named: "report-v1") { _, checks in ["index.html": checks] }

    /// - Parameter pages: file names and contents, from the page of all asks and from that of the checks.
    private static func version(
        named name: String, pages: @escaping @Sendable (_ asks: String?, _ checks: String) -> [String: String]
    ) -> ApplicationImage {
        ApplicationImage(
            name: name,
            inputs: { repository in
                let isThere = FileManager.default.fileExists(atPath: repository.absolute(asks))
                return repository.artifacts.map(\.path) + (isThere ? [asks] : [])
            },
            build: { order in
                let context = order.context
                let folder = order.scratch.appendingPath("context")
                try FileManager.default.copyItem(atPath: context.repository.absolute(site), toPath: folder)
                try context.home.makeFolder(folder.appendingPath("site"))
                context.show("checking this repository, for the report")
                let report = try await check(context)
                let checks = try ReportFormat.html.render(report)
                for (name, page) in pages(askPage(context.repository), checks) {
                    try Data(page.utf8).write(to: URL(fileURLWithPath: folder.appendingPath("site/\(name)")))
                }
                var arguments = ["build", "--quiet", "--network", "host", "--tag", order.tag]
                if let base = try await BaseImage.obtain(for: "\(site)/Containerfile", order.docker, context) {
                    // The Debian release of the base has one version of nginx.
                    arguments += ["--build-arg", "BASE_IMAGE=\(base.name)", "--build-arg", "NGINX_VERSION=*"]
                }
                context.show("building the image \(name)")
                try await order.docker.call(
                    arguments + ["--file", folder.appendingPath("Containerfile"), folder])
            })
    }

    /// Returns the page without links to repository files, which are not in the image.
    private static func askPage(_ repository: Repository) -> String? {
        try? String(contentsOfFile: repository.absolute(asks), encoding: .utf8)
            .replacing(#/<a href="\.\./[^"]*">(.*?)</a>/#) { $0.1 }
            .replacing(
                #/<p>Links to files lead.*?</p>/#, with: #"<p><a href="checks.html">What the checks find</a></p>"#)
    }

    /// Uses a separate toolbox, because its background processes must end with the checks.
    private static func check(_ context: StackContext) async throws -> Report {
        let toolbox = Toolbox(home: context.home, announce: context.say)
        do {
            let report = try await Runner(repository: context.repository, toolbox: toolbox).run()
            await toolbox.shutDown()
            return report
        } catch {
            await toolbox.shutDown()
            throw error
        }
    }
}
