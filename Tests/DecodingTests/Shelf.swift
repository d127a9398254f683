import CareModel
import Decoding
import Foundation
import Yams

/// The shipped profiles and profiles written in tests, as the rooms that read YAML would hand them over.
enum Shelf {
    static let devices = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "devices")

    static func shipped() throws -> [(name: String, node: ConfigurationNode)] {
        try FileManager.default.contentsOfDirectory(atPath: devices.path(percentEncoded: false)).sorted().map { name in
            let text = try String(contentsOf: devices.appending(path: name).appending(path: "profile.yaml"), encoding: .utf8)
            return (name, try node(text, file: "\(name)/profile.yaml"))
        }
    }

    static func samples(of profile: String) throws -> [ProfileSamples.File] {
        let folder = devices.appending(path: profile).appending(path: "samples")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)).sorted().map { name in
            ProfileSamples.File(profile: profile, name: "\(profile)/samples/\(name)", bytes: [UInt8](try Data(contentsOf: folder.appending(path: name))))
        }
    }

    /// YAML as a tree with places.
    static func node(_ yaml: String, file: String = "test.yaml") throws -> ConfigurationNode {
        guard let root = try Yams.compose(yaml: yaml) else { return ConfigurationNode(.null, at: Place(file: file, line: 1, column: 1)) }
        return convert(root, file)
    }

    private static func convert(_ node: Yams.Node, _ file: String) -> ConfigurationNode {
        let place = Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return ConfigurationNode(isPlain && (scalar.string == "null" || scalar.string == "~" || scalar.string.isEmpty) ? .null : .scalar(scalar.string, isQuoted: !isPlain), at: place)
        case .sequence(let items): return ConfigurationNode(.sequence(items.map { convert($0, file) }), at: place)
        case .mapping(let pairs):
            return ConfigurationNode(.mapping(pairs.map { key, value in
                .init(key: key.string ?? "", keyPlace: Place(file: file, line: key.mark?.line ?? 1, column: key.mark?.column ?? 1), value: convert(value, file))
            }), at: place)
        case .alias: return ConfigurationNode(.null, at: place)
        }
    }

    static func book() throws -> ProfileBook {
        var problems = Problems()
        let book = ProfileBook(try shipped(), &problems)
        guard problems.isEmpty else { throw Unusable(problems: problems.list.map(\.description)) }
        return book
    }

    /// A book of one profile that is written in a test; its `profile:` must be `test-device`.
    static func book(_ yaml: String) throws -> ProfileBook {
        var problems = Problems()
        let book = ProfileBook([("test-device", try node(yaml))], &problems)
        guard problems.isEmpty else { throw Unusable(problems: problems.list.map(\.description)) }
        return book
    }

    static func problems(_ yaml: String) throws -> [Problem] {
        var problems = Problems()
        _ = ProfileBook([("test-device", try node(yaml))], &problems)
        return problems.list
    }

    struct Unusable: Error { let problems: [String] }
}

/// A gateway of one home for tests: bound devices, a clock that is moved by hand.
struct Bench {
    static let start = WallTime(microseconds: 1_795_334_400_000_000)

    let registry: Registry
    var decoding = Decoding()
    var decoded = Decoded()
    var at = Instant(microseconds: start.microseconds)

    init(_ book: ProfileBook, _ devices: [(device: String, profile: String)]) {
        let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 8 * 3_600)
        self.init(book, Household(
            homes: [Home(id: HomeID("h1"), zone: zone)],
            bindings: devices.map { DeviceBinding(device: DeviceID($0.device), profile: $0.profile, home: 0, residents: []) }))
    }

    init(_ book: ProfileBook, _ household: Household) { registry = Registry(book: book, household: household) }

    @discardableResult
    mutating func take(_ topic: String, _ payload: String, isRetained: Bool = false, after seconds: Double = 1, clock: HubClock = HubClock(offset: .zero, quality: .synchronised)) -> Decoded {
        take(topic, bytes: Array(payload.utf8), isRetained: isRetained, after: seconds, clock: clock)
    }

    @discardableResult
    mutating func take(_ topic: String, bytes: [UInt8], isRetained: Bool = false, after seconds: Double = 1, clock: HubClock = HubClock(offset: .zero, quality: .synchronised)) -> Decoded {
        at = at + Span(microseconds: Int64(seconds * 1_000_000))
        decoded.removeAll()
        decoding.decode(Message(link: .safety, topic: topic, isRetained: isRetained, payload: bytes), at: at, clock: clock, registry: registry, into: &decoded)
        return decoded
    }

    var stateBytes: [UInt8] {
        var writer = ByteWriter()
        decoding.write(to: &writer)
        return writer.bytes
    }
}
