/// A small valid workflow with the script that it calls: examples break one line of it.
package enum SampleWorkflow {
    package static let checkout = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
    package static let path = ".github/workflows/ci.yaml"

    package static let files: [String: String] = [
        "ci/test.sh": "#!/usr/bin/env bash\ntrue\n",
        "ci/deploy.sh": "#!/usr/bin/env bash\ntrue\n",
        path: """
        name: CI
        on:
          push:
            branches: [main]
          pull_request:
        permissions: {}
        concurrency:
          group: ci-${{ github.ref }}
        jobs:
          test:
            runs-on: ubuntu-24.04
            timeout-minutes: 10
            permissions:
              contents: read
            steps:
              - uses: \(checkout)
                with:
                  persist-credentials: false
              - run: ci/test.sh
              - uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0
                with:
                  name: model
                  path: model
          approve:
            needs: test
            if: github.event_name != 'pull_request'
            runs-on: ubuntu-24.04
            timeout-minutes: 10
            environment: production
            permissions: {}
            steps:
              - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
                with:
                  name: model
          deploy:
            needs: approve
            runs-on: ubuntu-24.04
            timeout-minutes: 10
            permissions:
              contents: write # the branch that production follows
            steps:
              - uses: \(checkout)
                with:
                  persist-credentials: false
              - run: ci/deploy.sh production

        """,
    ]

    /// Returns the workflow with one text replaced.
    package static func with(_ old: String, _ new: String) -> [String: String] {
        var files = files
        let text = files[path] ?? ""
        precondition(text.contains(old), "the workflow does not hold \(old)")
        files[path] = text.replacing(old, with: new, maxReplacements: 1)
        return files
    }

    package static func adding(_ text: String, as path: String) -> [String: String] {
        files.merging([path: text]) { $1 }
    }
}
