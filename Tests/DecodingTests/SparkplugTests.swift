import CareModel
import Testing
@testable import Decoding

@Suite("Sparkplug: gaps and births that are missing")
struct SparkplugTests {
    static let profile = """
    profile: test-device
    language: 2
    title: {zh-CN: 床, en: bed}
    supervision: {interval_seconds: 60}
    transport_delay_seconds_max: 5
    messages:
      - topic: spBv1.0/{group}/{sort}/{node}
        format: sparkplug
        device: "topic:sparkplug/{group}/{node}"
        outputs:
          - {kind: device.battery, path: "metrics[name=Battery].value"}
          - {kind: vital.heart_rate, path: "metrics[name=Heart Rate].value"}
    """

    /// A payload of one metric: `name` and `alias` as given, with a whole number.
    private static func payload(_ sequence: UInt8, name: String?, alias: UInt8, value: UInt8) -> [UInt8] {
        let text = name.map { Array($0.utf8) } ?? []
        let metric = (text.isEmpty ? [] : [0x0A, UInt8(text.count)] + text) + [0x10, alias, 0x20, 7, 0x50, value]
        return [0x12, UInt8(metric.count)] + metric + [0x18] + (sequence < 128 ? [sequence] : [sequence, 1])
    }

    private static func bench() throws -> Bench { Bench(try Shelf.book(profile), [("topic:sparkplug/g/n", "test-device")]) }

    @discardableResult
    private static func take(_ bench: inout Bench, _ sort: String, _ sequence: UInt8, name: String? = nil, value: UInt8 = 80, node: String = "n", after seconds: Double = 1) -> [Downlink] {
        bench.take("spBv1.0/g/\(sort)/\(node)", bytes: payload(sequence, name: name, alias: 3, value: value), after: seconds).downlinks
    }

    @Test("a gap in the node's counter asks it to be born again, once a minute; repetition, order and wrapping are no gap")
    func gaps() throws {
        var bench = try Self.bench()
        #expect(Self.take(&bench, "NBIRTH", 0, name: "Battery") == [])
        for sequence in [1, 2, 2, 1, 3] as [UInt8] { #expect(Self.take(&bench, "NDATA", sequence) == [], "\(sequence)") }
        let asked = Self.take(&bench, "NDATA", 5)
        #expect(asked.map(\.topic) == ["spBv1.0/g/NCMD/n"])
        #expect(bench.decoded.readings.map(\.kind) == [.battery], "what came is read all the same")
        #expect(Self.take(&bench, "NDATA", 9) == [], "asked a moment ago")
        #expect(Self.take(&bench, "NDATA", 10, after: 60) == [], "nothing is missing")
        #expect(Self.take(&bench, "NDATA", 100).count == 1)
        #expect(Self.take(&bench, "NBIRTH", 0, name: "Battery", after: 100) == [])
        #expect(Self.take(&bench, "NDATA", 255, after: 100) == [], "from before the birth")
        for sequence in 1...255 as ClosedRange<UInt8> { #expect(Self.take(&bench, "NDATA", sequence) == []) }
        #expect(Self.take(&bench, "NDATA", 0) == [], "the counter wraps")
    }

    @Test("an alias without a birth is asked for; after a death too")
    func unborn() throws {
        var bench = try Self.bench()
        #expect(Self.take(&bench, "NDATA", 7).count == 1)
        #expect(bench.decoded.readings.isEmpty)
        #expect(Self.take(&bench, "NBIRTH", 0, name: "Battery") == [])
        #expect(Self.take(&bench, "NDATA", 1) == [])
        #expect(bench.decoded.readings.map(\.kind) == [.battery])
        Self.take(&bench, "NDEATH", 0)
        #expect(Self.take(&bench, "NDATA", 2, after: 100).count == 1)
    }

    @Test("a node of which nobody has bound a device is told nothing")
    func stranger() throws {
        var bench = try Self.bench()
        #expect(Self.take(&bench, "NDATA", 7, node: "other") == [])
    }

    @Test("the command is what Sparkplug B asks for")
    func command() throws {
        var tree = ValueTree()
        let format = try #require(try Shelf.book(Self.profile).shapes.first?.first?.format)
        let wall = WallTime(microseconds: 1_795_334_400_123_456)
        try format.read(SparkplugNames.rebirthCommand(wall), into: &tree)
        let metric = try #require(SparkplugNames.metrics(tree).first)
        #expect(tree.withText(tree.member(Array("name".utf8), of: metric)) { String(decoding: $0, as: UTF8.self) } == "Node Control/Rebirth")
        #expect(tree.number(tree.member(Array("datatype".utf8), of: metric)).wholeNumber == 11)
        #expect(tree.member(Array("value".utf8), of: metric) >= 0)
        #expect(tree.number(tree.member(Array("timestamp".utf8), of: 0)).wholeNumber == 1_795_334_400_123)
    }

    @Test("whoever names new nodes does not make the hub forget those that were born")
    func flood() throws {
        var bench = try Self.bench()
        Self.take(&bench, "NBIRTH", 0, name: "Battery")
        for k in 0..<SparkplugNames.nodesMax + 10 { Self.take(&bench, "NDATA", 1, node: "x\(k)", after: 0.01) }
        #expect(Self.take(&bench, "NDATA", 1) == [])
        #expect(bench.decoded.readings.map(\.kind) == [.battery])
    }

    @Test("counter and request are kept over a restart")
    func restart() throws {
        var bench = try Self.bench()
        Self.take(&bench, "NBIRTH", 0, name: "Battery")
        Self.take(&bench, "NDATA", 5)
        var reader = ByteReader(bench.stateBytes)
        bench.decoding = try Decoding(from: &reader)
        #expect(Self.take(&bench, "NDATA", 6) == [])
        #expect(Self.take(&bench, "NDATA", 8) == [], "asked 3 seconds ago")
        #expect(Self.take(&bench, "NDATA", 10, after: 60).count == 1)
    }
}
