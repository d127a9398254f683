import CareModel
import Testing
@testable import Decoding

@Suite("Persons and bridges that messages name")
struct PersonTests {
    static let cuff = """
    profile: test-device
    language: 2
    title: {zh-CN: 血压计, en: cuff}
    device: "mac:{mac}"
    subject: "{card}"
    identifying: [card]
    supervision: {interval_seconds: 0}
    transport_delay_seconds_max: 5
    messages:
      - topic: cuff/{box}
        parent: "topic:box/{box}"
        outputs:
          - {kind: vital.bp.systolic, path: sys}
          - {kind: safety.sos, path: sos, meaning: momentary, map: {1: pressed}}
          - {kind: device.battery, path: bat}
    """

    /// Homes: 0 a station, 1 of an (card 7, A), bo (card 8) and cy (no card), 2 of di (card 9).
    private static func household(_ residents: [Int], home: Int, isShared: Bool = false, via: DeviceID? = nil) -> Household {
        let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 28_800)
        func person(_ id: String, _ home: Int, _ identifiers: [String]) -> Resident { Resident(id: ResidentID(id), home: home, identifiers: identifiers) }
        return Household(
            homes: (0..<3).map { Home(id: HomeID("h\($0)"), zone: zone, occupants: 1) },
            residents: [person("an", 1, ["7", "A"]), person("bo", 1, ["8"]), person("cy", 1, []), person("di", 2, ["9"])],
            bindings: [
                DeviceBinding(device: DeviceID("mac:aabbccddeeff"), profile: "test-device", home: home, residents: residents, isShared: isShared, via: via),
                DeviceBinding(device: DeviceID("topic:box/b1"), profile: "none", home: 0, residents: []),
                DeviceBinding(device: DeviceID("topic:box/b2"), profile: "none", home: 0, residents: []),
            ])
    }

    private static func read(_ card: String?, _ household: Household, topic: String = "cuff/b1", isTrial: Bool = false) throws -> Decoded {
        let registry = Registry(book: try Shelf.book(cuff), household: household, isTrial: isTrial)
        var decoding = Decoding(), decoded = Decoded()
        let payload = #"{"mac":"AA:BB:CC:DD:EE:FF","sys":190,"sos":1,"bat":80"# + (card.map { #","card":\#($0)"# } ?? "") + "}"
        decoding.decode(
            Message(link: .safety, topic: topic, payload: Array(payload.utf8)), at: Instant(microseconds: 1_795_334_400_000_000),
            clock: HubClock(quality: .synchronised), registry: registry, into: &decoded)
        return decoded
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var residents: [Int] = []
        var home = 1
        var isShared = false
        var card: String?
        /// The resident who is meant; -1 = as bound, nil = nobody knows.
        var person: Int32?
        var subject: String?
    }

    @Test("an unknown person is never a default resident", arguments: [
        Row(testDescription: "shared, a card", home: 0, isShared: true, card: #""9""#, person: 3),
        Row(testDescription: "shared, the other identifier of a person", home: 0, isShared: true, card: #""A""#, person: 0),
        Row(testDescription: "shared, spaces around it, as a number", home: 0, isShared: true, card: "8", person: 1),
        Row(testDescription: "shared, spaces around a text", home: 0, isShared: true, card: #"" 8 ""#, person: 1),
        Row(testDescription: "shared, unknown", home: 0, isShared: true, card: #""tok-1""#, person: nil, subject: "tok-1"),
        Row(testDescription: "shared, nobody named", home: 0, isShared: true, card: nil, person: nil),
        Row(testDescription: "shared, an empty name", home: 0, isShared: true, card: #""""#, person: nil),
        Row(testDescription: "of a home, one who lives there", card: #""8""#, person: 1),
        Row(testDescription: "of a home, one who lives elsewhere", card: #""9""#, person: nil, subject: "9"),
        Row(testDescription: "of a home with one occupant, unknown", home: 2, card: #""x""#, person: nil, subject: "x"),
        Row(testDescription: "of a home, nobody named", home: 2, card: nil, person: nil),
        Row(testDescription: "of two, the second", residents: [0, 1], card: #""8""#, person: 1),
        Row(testDescription: "of two, somebody of the same home", residents: [0, 2], card: #""8""#, person: nil, subject: "8"),
        Row(testDescription: "of two, nobody named", residents: [0, 1], card: nil, person: nil),
        Row(testDescription: "of one, that one", residents: [0], card: #""7""#, person: 0),
        Row(testDescription: "of one, another", residents: [0], card: #""8""#, person: nil, subject: "8"),
        Row(testDescription: "of one, nobody named", residents: [0], card: nil, person: -1),
        Row(testDescription: "of one who has no identifier", residents: [2], card: #""7""#, person: nil, subject: "7"),
    ])
    func attribution(row: Row) throws {
        let found = try Self.read(row.card, Self.household(row.residents, home: row.home, isShared: row.isShared)).readings
        #expect(found.map(\.kind) == [.bpSystolic, .sos, .battery], "nothing is dropped")
        for reading in found {
            #expect(reading.person == (row.person == -1 ? nil : row.person))
            #expect(reading.subject == row.subject, "of a person who is known no identifier is left")
            let isUnknown = row.person == nil && reading.kind != .battery
            #expect(reading.quality == (isUnknown ? .unknownSubject : []))
        }
    }

    @Test("an identifier that two people have names neither")
    func ambiguous() throws {
        var household = Self.household([], home: 0, isShared: true)
        household = household.recognising { $0 == "7" || $0 == "9" ? ["same"] : [] }
        #expect(try Self.read(#""same""#, household).readings.first?.quality == .unknownSubject)
        #expect(try Self.read(#""7""#, household).readings.first?.person == 0)
    }

    @Test("where profiles are only tried, nobody is looked up")
    func trial() throws {
        let found = try Self.read(#""x""#, Self.household([], home: 0, isShared: true), isTrial: true).readings
        #expect(found.map(\.quality) == [[], [], []])
        #expect(found.first?.subject == "x")
    }

    @Test("the bridge stands in the message, in homes.yaml, or is zigbee2mqtt", arguments: [("cuff/b1", nil, 1), ("cuff/b2", nil, 2), ("cuff/b3", nil, nil), ("cuff/b1", "topic:box/b2", 2)] as [(String, String?, BindingIndex?)])
    func parent(topic: String, via: String?, expected: BindingIndex?) throws {
        let found = try Self.read(#""7""#, Self.household([0], home: 1, via: via.map { DeviceID($0) }), topic: topic).readings
        #expect(found.map(\.parent) == [expected, expected, expected])
    }

    @Test("zigbee2mqtt is the parent of what it publishes, once it is bound itself")
    func zigbee() throws {
        var bench = Bench(try Shelf.book(), [("topic:zigbee2mqtt", "zigbee2mqtt-bridge"), ("ieee:0x84fd27fffe5a1b42", "tuya-ts0215a")])
        #expect(bench.take("zigbee2mqtt/0x84fd27fffe5a1b42", #"{"action":"emergency"}"#).readings.map(\.parent) == [0])
        #expect(bench.take("zigbee2mqtt/bridge/state", #"{"state":"offline"}"#).readings.map(\.parent) == [nil])
        var without = Bench(try Shelf.book(), [("ieee:0x84fd27fffe5a1b42", "tuya-ts0215a")])
        #expect(without.take("zigbee2mqtt/0x84fd27fffe5a1b42", #"{"action":"emergency"}"#).readings.map(\.parent) == [nil])
    }

    @Test("what can't work is said with its place", arguments: [
        (#"subject: "{card}""#, #"subject: "{card}-{sys}""#, "profile.mixed_subject"), (#"subject: "{card}""#, #"subject: "{card|0:4}""#, "profile.mixed_subject"),
        (#"parent: "topic:box/{box}""#, #"parent: "box/{box}""#, "profile.bad_identity"),
        ("path: bat}", "path: bat, auto_clear_seconds: 60}", "profile.no_end"),
    ])
    func faults(old: String, new: String, code: String) throws {
        let text = Self.cuff.replacing(old, with: new)
        #expect(text != Self.cuff)
        #expect(try Shelf.problems(text).map(\.code) == [code])
    }

    @Test("a shared device whose profile names nobody is refused")
    func sharedWithoutSubject() throws {
        var problems = Problems()
        let yaml = Self.cuff.replacing("    subject: \"{card}\"\n", with: "").replacing("subject: \"{card}\"\n", with: "")
        Registry(book: try Shelf.book(yaml), household: Self.household([], home: 0, isShared: true)).check(place: { _ in Place(file: "homes.yaml", line: 3, column: 1) }, &problems)
        #expect(problems.list.map(\.code).contains("homes.shared_without_subject"))
        var none = Problems()
        Registry(book: try Shelf.book(Self.cuff), household: Self.household([], home: 0, isShared: true)).check(place: { _ in nil }, &none)
        #expect(!none.list.map(\.code).contains("homes.shared_without_subject"))
    }
}
