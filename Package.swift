// swift-tools-version:6.2
// The house of Vigil: one target a stage. ARCHITECTURE.md says what each room is for and what may import what.

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A pure room: no I/O, clock, randomness, async, locks, changing globals, Foundation or Regex.
/// The compiler holds what it can; TidyTests read the symbols of the object files for the rest.
let pure: [SwiftSetting] = strict + [
    .unsafeFlags([
        "-Xfrontend", "-disable-implicit-concurrency-module-import",
        "-Xfrontend", "-disable-implicit-string-processing-module-import",
    ])
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A pure target of the given name.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: pure)
}

let package = Package(
    name: "vigil",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "vigil", targets: ["vigil"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The path of the data, in its order.
        room("CareModel", []),
        .target(name: "Capture", dependencies: ["CareModel", "MQTTSession", logging], swiftSettings: strict),
        room("Decoding", ["CareModel"]),
        room("Detection", ["CareModel"]),
        room("Escalation", ["CareModel"]),
        room("Formats", ["CareModel"]),
        .target(
            name: "Forwarding", dependencies: ["CareModel", "Formats", "MQTTSession", "CRabbitMQ", httpClient, crypto, nioCore, nioHTTP1, nioSSL, logging],
            swiftSettings: strict),

        // What puts the stages in order and keeps what they decide.
        room("GatewayCore", ["CareModel", "Decoding", "Detection", "Escalation", "Formats"]),
        // It imports only the first two; the others are named because the core's layout is made of theirs: the build must
        // see that a change of one concerns this room too, or it links objects that disagree about a struct's size.
        room("Sequencer", ["CareModel", "GatewayCore", "Decoding", "Detection", "Escalation", "Formats"]),
        .target(name: "Ledger", dependencies: ["CareModel", grdb, sqlite], swiftSettings: strict),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .target(name: "MQTTSession", dependencies: ["CMosquitto", "CareModel", logging], swiftSettings: strict),

        // What surrounds them.
        .target(
            name: "Serving", dependencies: ["CareModel", "Formats", hummingbird, hummingbirdCore, hummingbirdTLS, nioSSL, logging],
            resources: [
                .embedInCode("Page/index.html"), .embedInCode("Page/page.css"), .embedInCode("Page/main.js"), .embedInCode("Page/board.js"),
                .embedInCode("Page/card.js"), .embedInCode("Page/devices.js"), .embedInCode("Page/dom.js"), .embedInCode("Page/evidence.js"), .embedInCode("Page/forms.js"), .embedInCode("Page/names.js"), .embedInCode("Page/who.js"),
                .embedInCode("Page/set-up.html"), .embedInCode("Page/set-up.js"), .embedInCode("Page/account.html"), .embedInCode("Page/account.js"),
                .embedInCode("Page/lock.js"), .embedInCode("Page/sign-in.js"), .embedInCode("Page/access-words.js"), .embedInCode("Page/visit.js"),
                .embedInCode("Page/hub.js"), .embedInCode("Page/presses.js"), .embedInCode("Page/sound.js"), .embedInCode("Page/words.js"),
                .embedInCode("Page/more.css"), .embedInCode("Page/words-more.js"), .embedInCode("Page/frame.js"), .embedInCode("Page/charts.js"), .embedInCode("Page/procedures.js"),
                .embedInCode("Page/proof.js"), .embedInCode("Page/incident.js"), .embedInCode("Page/residents.js"),
                .embedInCode("Page/wall.js"), .embedInCode("Page/queues.js"),
                .embedInCode("Page/rules.js"), .embedInCode("Page/tap.js"), .embedInCode("Page/replay.js"),
                .embedInCode("Page/why.js"), .embedInCode("Page/reports.js"), .embedInCode("Page/frame.html"),
                .embedInCode("Page/family.js"), .embedInCode("Page/accounts.js"), .embedInCode("Page/audit.js"), .embedInCode("Page/people-words.js"), .embedInCode("Page/qr.js"),
            ],
            swiftSettings: strict),
        .target(name: "Settings", dependencies: ["CareModel", yams], swiftSettings: strict),
        room("Assurance", ["CareModel", "Decoding", "Detection", "Escalation"]),
        room("Simulation", ["CareModel", "Decoding", "Detection", "Escalation", "Formats", "GatewayCore", "Sequencer"]),
        room("Onboarding", ["CareModel", "Decoding", "Detection", "Escalation", "Formats", "GatewayCore", "Sequencer", "Simulation"]),
        .target(
            name: "Assembly",
            dependencies: [
                "Onboarding", "CareModel", "Capture", "Decoding", "Detection", "Escalation", "Formats", "Forwarding", "GatewayCore", "Sequencer",
                "Ledger", "MQTTSession", "Serving", "Settings", "Assurance", "Simulation", "CLinux", crypto, cryptoExtras, httpClient, lifecycle, logging, metrics, nioCore, nioPosix, nioSSL,
            ],
            swiftSettings: strict),
        // Measures the rules on public data; not part of what is installed.
        .executableTarget(name: "Evaluation", dependencies: ["CLinux", "CareModel", "Detection", "Escalation", "Formats", "Settings"], swiftSettings: strict),
        .executableTarget(name: "vigil", dependencies: ["Assembly", argumentParser], swiftSettings: strict),

        // What the tests of several rooms start programs and take ports with.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "CareModelTests", dependencies: ["CareModel"], swiftSettings: strict),
        .testTarget(name: "CaptureTests", dependencies: ["TestSupport", "Capture", "MQTTSession", "CareModel", logging], swiftSettings: strict),
        .testTarget(name: "DecodingTests", dependencies: ["Decoding", "CareModel", yams], swiftSettings: strict),
        .testTarget(name: "DetectionTests", dependencies: ["Detection", "CareModel", yams], swiftSettings: strict),
        .testTarget(name: "EscalationTests", dependencies: ["Escalation", "CareModel"], swiftSettings: strict),
        .testTarget(name: "FormatsTests", dependencies: ["Formats", "CareModel"], swiftSettings: strict),
        .testTarget(name: "ForwardingTests", dependencies: ["TestSupport", "Forwarding", "CRabbitMQ", "Capture", "Formats", "MQTTSession", "CareModel", httpClient, crypto, nioCore, nioHTTP1, nioPosix, nioSSL, logging], swiftSettings: strict),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger", "CareModel", grdb], swiftSettings: strict),
        .testTarget(name: "MQTTSessionTests", dependencies: ["TestSupport", "MQTTSession", "CMosquitto", "CareModel", logging], swiftSettings: strict),
        .testTarget(name: "ServingTests", dependencies: ["Serving", "CareModel", hummingbird, hummingbirdTesting, logging], swiftSettings: strict),
        .testTarget(name: "OnboardingTests", dependencies: ["Onboarding", "Assembly", "Decoding", "CareModel"], swiftSettings: strict),
        .testTarget(name: "SettingsTests", dependencies: ["Settings", "CareModel"], exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(name: "SequencerTests", dependencies: ["Sequencer", "GatewayCore", "Simulation", "CareModel", "Assembly"], swiftSettings: strict),
        .testTarget(name: "ReplayTests", dependencies: ["Assembly", "Simulation", "GatewayCore", "CareModel", crypto], resources: [.copy("Cases")], swiftSettings: strict),
        .testTarget(
            name: "IntegrationTests", dependencies: ["TestSupport", "vigil", "Formats", "MQTTSession", "Serving", "Simulation", "CareModel"], swiftSettings: strict),
        .testTarget(
            name: "AssemblyTests",
            dependencies: ["Assembly", "Capture", "Decoding", "Formats", "GatewayCore", "Ledger", "MQTTSession", "Serving", "Settings", "Simulation", "CareModel", logging], swiftSettings: strict),
        .testTarget(name: "TidyTests", dependencies: [], swiftSettings: strict),
    ]
)
