import Foundation

extension ApplicationImage {
    private static let site = "k8s/apps/report/image"

    /// The report: what the checks find in this repository, so any change of a file makes it anew.
    static let report = ApplicationImage(
        name: "report",
        inputs: { $0.artifacts.map(\.path) },
        build: { order in
            let context = order.context
            let folder = order.scratch.appendingPath("context")
            try FileManager.default.copyItem(atPath: context.repository.absolute(site), toPath: folder)
            try context.home.makeFolder(folder.appendingPath("site"))
            context.show("checking this repository, for the report")
            let report = try await check(context)
            try Data(try ReportFormat.html.render(report).utf8)
                .write(to: URL(fileURLWithPath: folder.appendingPath("site/index.html")))
            var arguments = ["build", "--quiet", "--network", "host", "--tag", order.tag]
            if let base = try await BaseImage.obtain(for: "\(site)/Containerfile", order.docker, context) {
                // That base's release has one version of nginx.
                arguments += ["--build-arg", "BASE_IMAGE=\(base.name)", "--build-arg", "NGINX_VERSION=*"]
            }
            context.show("building the image report")
            try await order.docker.call(
                arguments + ["--file", folder.appendingPath("Containerfile"), folder])
        })

    /// With tools of its own, because what is kept running for checks must end with them.
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
