import Foundation
import HarnessSupport

/// The pinned versions of the outside tools. Their hashes are in `Pins/`.
package enum Pins {
    /// Hash-locked requirements of the environment for checking and the emulator, made from `check.in` by `make pins`.
    package static let check = lock("check")
    /// Hash-locked requirement of the wheel that holds the Lambda Runtime Interface Emulator.
    static let emulator = lock("emulator")
    /// Hash-locked requirements of the packages that the S3 processor is compared with.
    static let peers = lock("peers")
    /// Hash-locked requirement of uv itself, which makes the environments.
    static let uv = lock("uv")

    /// Terraform's release for machines without one, by platform.
    ///
    /// Source: the SHA256SUMS file of the release, at releases.hashicorp.com/terraform/1.11.4.
    enum Terraform {
        static let version = "1.11.4"
        static let minimum = "1.10.0"
        static let checksums = [
            "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
            "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
            "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
            "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
        ]
    }

    /// kubectl's release for machines without one, by platform.
    ///
    /// Source: `kubectl.sha256` beside each binary at dl.k8s.io, as recorded in two public lists that agree
    /// (kubespray's checksums.yml, hermit-packages' kubectl.hcl; macOS in the second alone).
    enum Kubectl {
        static let version = "1.35.2"
        /// The first with kustomize 5.
        static let minimum = "1.27"
        static let checksums = [
            "linux_amd64": "924eb50779153f20cb668117d141440b95df2f325a64452d78dff9469145e277",
            "linux_arm64": "cd859449f54ad2cb05b491c490c13bb836cdd0886ae013c0aed3dd67ff747467",
            "darwin_amd64": "163955964d4ed9e66656eab45c0114f5c1110d1b430ace432b20ddc430023df5",
            "darwin_arm64": "b0b59cdd7ba20ca20b85214943100e578dd50ddd85242fcddf277a87c2249706",
        ]
    }

    /// Definitions of custom resources, published by the projects that own them.
    static let crds = lock("crds")

    /// The version that `lock` pins for a package.
    package static func version(of package: String, in lock: Lock) -> String? {
        let start = "\(package)"
        for line in lock.text.split(separator: "\n") where line.hasPrefix(start) {
            let name = line.prefix { $0 != "=" && $0 != "[" && $0 != " " }
            guard name == start, let pin = line.range(of: "==") else { continue }
            return String(line[pin.upperBound...].prefix { $0 != " " && $0 != ";" })
        }
        return nil
    }

    package struct Lock: Sendable {
        let path: String
        let text: String
        /// A short, stable digest that names the environment's folder, so that a new lock creates a new environment.
        var digest: String { Digest.of(Array(text.utf8)).short }

        package init(file: String) throws {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw HarnessError("the lock \(file) cannot be read")
            }
            path = file
            self.text = text
        }
    }

    private static func lock(_ name: String) -> Lock {
        guard let path = try? Resource.path(name, "txt", in: "Pins", of: .module), let lock = try? Lock(file: path)
        else { preconditionFailure("the build lacks its resource Pins/\(name).txt") }
        return lock
    }
}
