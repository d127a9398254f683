import CareModel
import Testing
@testable import Decoding

@Suite("Topics, paths and identities")
struct TopicTests {
    func match(_ pattern: String, _ topic: String) -> [String]? { TopicPattern(pattern)?.match(topic.split(separator: "/", omittingEmptySubsequences: false)) }

    @Test("places take what stands in the topic")
    func captures() {
        #expect(match("a/{x}/c", "a/b/c") == ["b"])
        #expect(match("a/{x}/c", "a/b/d") == nil)
        #expect(match("a/{x}", "a") == nil)
        #expect(match("a/{x}", "a/") == [""])
        #expect(match("z/{name...}", "z/one/two/three") == ["one/two/three"])
        #expect(match("z/{name...}", "z") == nil)
        #expect(match("z/{name...}/availability", "z/one/two/availability") == ["one/two"])
        #expect(match("z/{name...}/availability", "z/availability") == nil)
        #expect(match("+/{d}/vitals", "any/w1/vitals") == ["w1"])
        #expect(match("a/#", "a/b/c") == [])
        #expect(match("{a}/™ {b", "x/y") == nil)
    }

    @Test("what is no pattern is refused", arguments: ["", "a/{x}/{x}", "a/{x...}/{y...}", "a/#/b", "a/b{x}", "a/x+", "{}", "{X}", "a/{b c}"])
    func badPatterns(text: String) { #expect(TopicPattern(text) == nil) }

    @Test("overlap is found both ways", arguments: [
        ("a/{x}", "+/b", true), ("a/{x}", "b/{x}", false), ("zigbee2mqtt/{n...}", "+/+/vitals", true), ("a/{n...}/x", "a/b/c/x", true), ("a/{n...}/x", "a/x", false),
        ("a/{n...}/x", "a/{m...}/y", false), ("{n...}/x", "a/{m...}", true), ("a/b", "a/b/c", false),
    ] as [(String, String, Bool)])
    func overlap(first: String, second: String, isOverlapping: Bool) throws {
        let a = try #require(TopicPattern(first)), b = try #require(TopicPattern(second))
        #expect(a.overlaps(b) == isOverlapping)
        #expect(b.overlaps(a) == isOverlapping)
    }

    @Test("a filter covers another only when it takes every topic of it", arguments: [
        ("a/#", "a/b/c", true), ("a/#", "a/+/c", true), ("a/+", "a/b", true), ("a/+", "a/#", false), ("a/b", "a/+", false), ("#", "+/+", true), ("a/+/c", "a/b/c", true), ("a/+/c", "a/b/d", false),
    ] as [(String, String, Bool)])
    func covers(wide: String, narrow: String, isCovered: Bool) { #expect(TopicFilter.covers(wide, narrow) == isCovered) }

    @Test("identities have one spelling", arguments: [
        ("AA:BB:CC:dd:EE:ff", IdentityTemplate.Scheme.mac, "mac:aabbccddeeff"), ("aabb-ccdd-eeff", .mac, "mac:aabbccddeeff"), ("0x00158D0001AABBCC", .ieee, "ieee:0x00158d0001aabbcc"),
        ("00158D0001AABBCC", .ieee, "ieee:0x00158d0001aabbcc"), ("24-E1-24-53-5B-0A-00-77", .deveui, "deveui:24e124535b0a0077"), ("861234567890123", .imei, "imei:861234567890123"),
        ("Zigbee2MQTT/Hall SOS", .topic, "topic:zigbee2mqtt/hall sos"),
    ])
    func normalised(raw: String, scheme: IdentityTemplate.Scheme, id: String) { #expect(IdentityTemplate.normalise(raw, scheme) == id) }

    @Test("what isn't of its scheme is no identity", arguments: [
        ("aabbccddee", IdentityTemplate.Scheme.mac), ("0x123", .ieee), ("24e124535b0a007g", .deveui), ("86123x", .imei), ("", .topic), ("a\u{7}b", .topic), (String(repeating: "a", count: 129), .topic),
    ])
    func notNormalised(raw: String, scheme: IdentityTemplate.Scheme) { #expect(IdentityTemplate.normalise(raw, scheme) == nil) }

    @Test("paths lead through keys, quoted keys, indices and matches")
    func paths() throws {
        var view = MessageView()
        try JSONReader.read(Array(#"{"a":{"temperature:0":{"tC":19.5}},"list":[{"code":"x","v":1},{"code":"y","v":2}],"e\u0073c":"q"}"#.utf8), into: &view.tree, limits: .message)
        func number(_ text: String) throws -> Int64? { view.number(view.find(try #require(FieldPath(text, topicNames: [], partNames: []))))?.scaled(decimals: 1) }
        #expect(try number("a.\"temperature:0\".tC") == 195)
        #expect(try number("list[1].v") == 20)
        #expect(try number("list[code=x].v") == 10)
        #expect(try number("$.list[code=y].v") == 20)
        #expect(try number("list[2].v") == nil)
        #expect(try number("a.b.c") == nil)
        #expect(view.plainText(view.find(try #require(FieldPath("esc", topicNames: [], partNames: [])))) == "q")
        for bad in ["", "a.", "a..b", "[x]", "@nothing", "@topic.x", "@bytes.y", "a[1", "$a", "\"open"] {
            #expect(FieldPath(bad, topicNames: [], partNames: []) == nil, "\(bad)")
        }
    }
}
