// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "infrastructure-submission",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Harness", targets: ["Harness"]),
        .executable(name: "harness", targets: ["HarnessCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
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
                .copy("Tools/Pins"), .copy("Reports/Page"), .copy("Stack/Moto"), .copy("Stack/Ministack"),
                .copy("Stack/AWS"), .copy("Stack/Gateway"),
            ]
        ),
        .executableTarget(
            name: "HarnessCommand",
            dependencies: ["Harness", .product(name: "ArgumentParser", package: "swift-argument-parser")]
        ),
        .target(
            name: "TestSupport",
            dependencies: ["Harness", .product(name: "Subprocess", package: "swift-subprocess")],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "HarnessTests", dependencies: ["Harness", "HarnessCommand", "TestSupport"]),
        .testTarget(name: "ArtifactTests", dependencies: ["Harness", "TestSupport"]),
        .testTarget(
            name: "SmokeTests", dependencies: ["Harness", "HarnessCommand", "TestSupport"],
            exclude: ["Applications/server.py"]),
    ]
)
