// swift-tools-version:6.2
// The fuzzed readers and what they are held against; apart from the house, so that its build stays as it is. scripts/fuzz builds it.

import PackageDescription

/// Fast, but with every bound checked that an optimised build trusts; with its coverage counted.
let fuzzed: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-O", "-assert-config", "Debug", "-sanitize=fuzzer", "-enable-testing"]),
]
/// Not counted as coverage.
let watched: [SwiftSetting] = [.swiftLanguageMode(.v6), .unsafeFlags(["-O", "-assert-config", "Debug"])]

let package = Package(
    name: "fuzzing",
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .target(name: "CareModel", swiftSettings: watched),
        .target(name: "Decoding", dependencies: ["CareModel"], swiftSettings: fuzzed),
        .executableTarget(
            name: "Fuzzing",
            dependencies: ["CareModel", "Decoding", .product(name: "SwiftProtobuf", package: "swift-protobuf"), .product(name: "Yams", package: "Yams")],
            swiftSettings: watched, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ]
)
