// swift-tools-version:6.2
// Measures decoding alone, from topic and bytes to readings, in release. Apart from the house: it isn't shipped. scripts/bench-decode builds it.

import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]
/// As the house builds its pure rooms.
let pure: [SwiftSetting] = strict + [
    .unsafeFlags(["-Xfrontend", "-disable-implicit-concurrency-module-import", "-Xfrontend", "-disable-implicit-string-processing-module-import"])
]

let package = Package(
    name: "decode-bench",
    dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.0")],
    targets: [
        .target(name: "CareModel", swiftSettings: pure),
        .target(name: "Decoding", dependencies: ["CareModel"], swiftSettings: pure),
        .target(name: "Settings", dependencies: ["CareModel", .product(name: "Yams", package: "Yams")], swiftSettings: strict),
        .executableTarget(name: "DecodeBench", dependencies: ["CareModel", "Decoding", "Settings"], swiftSettings: strict),
    ]
)
