// swift-tools-version: 6.2
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// A folder of `Sources/Harness`.
///
/// - Parameter isDigested: whether results of checks depend on its sources.
func module(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil, isDigested: Bool = false,
    plugins: [Target.PluginUsage] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/Harness/\(name)", resources: resources,
        plugins: (isDigested ? ["SourceDigest"] : []) + plugins)
}

/// What tests reach into.
let modules: [Target.Dependency] = [
    "BuiltInRules", "CheckCommands", "CheckCore", "CheckEngine", "DeliveryModel", "DocumentModels", "HarnessSupport",
    "KubernetesModel", "MutationTesting", "Reporting", "Submission", "ToolChecks", "Tooling",
]

let package = Package(
    name: "infrastructure-submission",
    platforms: [.macOS(.v15)],
    products: [
        // For packages with rules of their own: CheckCore has the types of a rule, CheckEngine runs it.
        .library(
            name: "Checker",
            targets: ["CheckCore", "CheckEngine", "DocumentModels", "HarnessSupport", "Reporting", "Tooling"]),
        // `harness check` alone: builds neither SwiftNIO nor BoringSSL, and needs no headers of zlib.
        .executable(name: "harness-check", targets: ["HarnessCheck"]),
        .executable(name: "harness", targets: ["HarnessCommand"]),
        .library(name: "Lambda", targets: ["Lambda"]),
        .executable(name: "bootstrap", targets: ["LambdaBootstrap"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .plugin(name: "SourceDigest", capability: .buildTool()),
        .plugin(name: "Version", capability: .buildTool()),
        // The checker. Each module is a target, so that SwiftPM rejects a cycle; the order here is that of the imports.
        module("HarnessSupport", ["CSHA256"], isDigested: true),
        module("DocumentModels", ["HarnessSupport", "Yams"], isDigested: true),
        module("Tooling", ["HarnessSupport", subprocess, system], resources: [.copy("Pins")], isDigested: true),
        module("CheckCore", ["DocumentModels", "HarnessSupport", "Tooling"], isDigested: true),
        module("KubernetesModel", ["CheckCore", "DocumentModels", "HarnessSupport", "Tooling"], isDigested: true),
        module(
            "DeliveryModel", ["CheckCore", "DocumentModels", "HarnessSupport", "KubernetesModel"], isDigested: true),
        module(
            "ToolChecks",
            ["CheckCore", "DeliveryModel", "DocumentModels", "HarnessSupport", "KubernetesModel", "Tooling", "Yams"],
            isDigested: true),
        module(
            "BuiltInRules",
            [
                "CheckCore", "DeliveryModel", "DocumentModels", "HarnessSupport", "KubernetesModel", "Tooling",
            ], resources: [.copy("Observability/Query"), .copy("Tables")], isDigested: true),
        module(
            "CheckEngine",
            ["BuiltInRules", "CheckCore", "DocumentModels", "HarnessSupport", "ToolChecks", "Tooling"],
            resources: [.copy("Schema")], isDigested: true),
        module("Reporting", ["CheckCore", "HarnessSupport"], resources: [.copy("Page")]),
        module(
            "CheckCommands",
            [
                "CheckCore", "CheckEngine", "DocumentModels", "HarnessSupport", "KubernetesModel", "Reporting",
                "Tooling",
                argumentParser,
            ],
            plugins: ["Version"]),
        .executableTarget(
            name: "HarnessCheck", dependencies: ["CheckCommands", argumentParser], path: "Sources/Harness/HarnessCheck"),

        // The submission, a client of the checker.
        module(
            "MutationTesting",
            [
                "CheckCore", "CheckEngine", "DeliveryModel", "DocumentModels", "HarnessSupport", "KubernetesModel",
                "Tooling",
            ]),
        module(
            "Submission",
            [
                "CheckCore", "CheckEngine", "DeliveryModel", "DocumentModels", "HarnessSupport", "KubernetesModel",
                "MutationTesting", "Reporting", "ToolChecks", "Tooling", "Yams", subprocess, system,
            ],
            resources: [
                .copy("Stack/Moto"), .copy("Stack/Ministack"), .copy("Stack/AWS"), .copy("Stack/Gateway"),
                .copy("Stack/Receiver"), .copy("Bench/Lambda"),
            ]),
        .executableTarget(
            name: "HarnessCommand",
            dependencies: [
                "CheckCommands", "CheckCore", "CheckEngine", "DeliveryModel", "HarnessSupport", "KubernetesModel",
                "Lambda", "MutationTesting", "Reporting", "Submission", "Tooling", argumentParser,
            ]),
        // SIMD comparison masks, which Swift cannot express yet: one header.
        .target(name: "CByteMask"),
        // SHA-256: the file says why it is C.
        .target(name: "CSHA256"),
        .systemLibrary(name: "CZlib"),
        .target(
            name: "Lambda",
            dependencies: [
                "CByteMask", "CZlib",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            // Optimised in debug builds too: the tests run a million inputs through the parsers.
            swiftSettings: [.unsafeFlags(["-O", "-wmo", "-num-threads", "2"], .when(configuration: .debug))],
            // zlib becomes part of the executable: the function's operating system need not bring it.
            linkerSettings: [
                .unsafeFlags(["-l:libz.a"], .when(platforms: [.linux])),
                .linkedLibrary("z", .when(platforms: [.macOS])),
            ]
        ),
        .executableTarget(
            name: "LambdaBootstrap", dependencies: ["Lambda"],
            exclude: ["Containerfile", "no-unwinding.ld"],
            // Small: nothing loads the executable, so that without a table of its symbols the linker drops what is not
            // called; equal functions are kept once; nothing unwinds the stack.
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "--icf=all", "-Xlinker",
                        "--no-eh-frame-hdr", "-Xlinker",
                        "\(Context.packageDirectory)/Sources/LambdaBootstrap/no-unwinding.ld",
                    ], .when(platforms: [.linux], configuration: .release))
            ]),
        .target(
            name: "TestSupport", dependencies: ["HarnessSupport", "Tooling", subprocess], path: "Tests/TestSupport"),
        .testTarget(name: "HarnessTests", dependencies: modules + ["HarnessCheck", "HarnessCommand", "TestSupport"]),
        .testTarget(name: "ArtifactTests", dependencies: modules + ["TestSupport"]),
        .testTarget(
            name: "LambdaTests",
            dependencies: modules + [
                "Lambda", "LambdaBootstrap", "TestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            exclude: ["Corpus", "Fixtures", "Reference"],
            swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
        ),
        .testTarget(
            name: "SmokeTests", dependencies: modules + ["HarnessCommand", "TestSupport"],
            exclude: ["Applications/server.py", "Monitoring/scenarios.py"]),
    ]
)
