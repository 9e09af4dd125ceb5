import Foundation
import HarnessSupport
import Tooling

extension Emulator {
    /// ministack with our corrections, the emulator for CloudFormation stacks. moto answers CREATE_COMPLETE but does not create bucket
    /// policies, public access blocks, the web ACL and scaling policies; ministack does, and supports change sets.
    static let ministack = Emulator(
        name: "cloudformation-emulator", product: "ministack \(Pins.version(of: "ministack", in: Pins.check) ?? "")",
        tool: .ministack, offset: 1, mark: "Ministack/emulator.py", health: "/_ministack/ready",
        arguments: { _ in ["-I", try Resource.path("emulator", "py", in: "Ministack", of: .module)] },
        environment: { _, port, folder in
            [
                "GATEWAY_PORT": "\(port)", "BIND_HOST": "127.0.0.1", "MINISTACK_REGION": Emulator.region,
                "MINISTACK_ACCOUNT_ID": "123456789012",
                // Policies decide, as on AWS; the key of the clients' environment is the account's root.
                "AUTH": "true",
                // A listener for devices, which would bind every address.
                "IOT_MTLS_ENABLED": "0",
                // What it writes stays in its folder, and it starts no containers.
                "TMPDIR": folder, "HOME": folder, "STATE_DIR": folder, "DOCKER_HOST": "unix:///nonexistent",
                "LOG_LEVEL": "WARNING",
            ]
        },
        account: "123456789012")
}
