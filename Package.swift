// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "infrastructure-submission",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Harness", targets: ["Harness"]),
        .executable(name: "harness", targets: ["HarnessCommand"]),
        .library(name: "Lambda", targets: ["Lambda"]),
        .executable(name: "bootstrap", targets: ["LambdaBootstrap"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .target(
            name: "Harness",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                "Yams",
            ],
            resources: [
                .copy("Reports/Page"), .copy("Rules/Observability/Query"), .copy("Tools/Pins"), .copy("Stack/Moto"), .copy("Stack/Ministack"),
                .copy("Stack/AWS"), .copy("Stack/Gateway"), .copy("Stack/Receiver"), .copy("Bench/Lambda"),
            ]
        ),
        .executableTarget(
            name: "HarnessCommand",
            dependencies: ["Harness", "Lambda", .product(name: "ArgumentParser", package: "swift-argument-parser")]
        ),
        // SIMD comparison masks, which Swift cannot express yet: one header.
        .target(name: "CByteMask"),
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
            name: "TestSupport",
            dependencies: ["Harness", .product(name: "Subprocess", package: "swift-subprocess")],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "HarnessTests", dependencies: ["Harness", "HarnessCommand", "TestSupport"]),
        .testTarget(name: "ArtifactTests", dependencies: ["Harness", "TestSupport"]),
        .testTarget(
            name: "LambdaTests",
            dependencies: [
                "Lambda", "LambdaBootstrap", "Harness", "TestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            exclude: ["Corpus", "Fixtures", "Reference"],
            swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
        ),
        .testTarget(
            name: "SmokeTests", dependencies: ["Harness", "HarnessCommand", "TestSupport"],
            exclude: ["Applications/server.py"]),
    ]
)
