extension Emulator {
    /// moto, with our corrections: what Terraform's stacks and the permissions are tried on.
    static let moto = Emulator(
        name: "emulator", product: "moto \(Pins.version(of: "moto", in: Pins.check) ?? "")", tool: .moto, offset: 0,
        mark: "Moto/emulator.py", health: "/moto-api/",
        arguments: { ["-I", try Resource.path("emulator", "py", in: "Moto"), "-H", "127.0.0.1", "-p", "\($0)"] },
        environment: { _, _ in ["MOTO_IAM_LOAD_MANAGED_POLICIES": "true"] },
        account: "123456789012")
}
