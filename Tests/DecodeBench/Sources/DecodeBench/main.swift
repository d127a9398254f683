import CareModel
import Decoding
import Foundation
import Settings

// Usage: DecodeBench DEVICES-FOLDER [--messages N] [--rounds N] [--only wearable|chirpstack] [--bare]
// --bare: with 10 profiles and nothing beside it, for a profiler.
// CPU time of one thread for each message, look-up of topic and device included; the best of the rounds, and their spread.

nonisolated(unsafe) var folder = "", messageCount = 200_000, roundCount = 7
var only: String?, isBare = false
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--messages": messageCount = arguments.popFirst().flatMap { Int($0) } ?? messageCount
    case "--rounds": roundCount = arguments.popFirst().flatMap { Int($0) } ?? roundCount
    case "--only": only = arguments.popFirst()
    case "--bare": isBare = true
    default: folder = argument
    }
}

func refuse(_ text: String) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(1)
}

let deviceCount = 1_000
let start = Instant(microseconds: 1_795_334_400_000_000)
let clock = HubClock(offset: .zero, quality: .synchronised)

/// Profiles out of their YAML files: those measured first, then others of the catalogue, then copies under other topics up to `count`.
func book(_ count: Int) -> ProfileBook {
    var problems = Problems(), files: [(name: String, node: ConfigurationNode)] = []
    func read(_ name: String, _ text: String) {
        if let node = YamlDocument.read(Array(text.utf8), file: "\(name)/profile.yaml", &problems) { files.append((name, node)) }
    }
    func text(_ name: String) -> String { (try? String(contentsOfFile: "\(folder)/\(name)/profile.yaml", encoding: .utf8)) ?? "" }
    let measured = ["generic-json-wearable", "milesight-ws101"]
    let others = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().filter { !measured.contains($0) && !text($0).isEmpty }
    for name in (measured + others).prefix(count) { read(name, text(name)) }
    let wearable = text(measured[0])
    for i in files.count..<max(count, files.count) {
        // Half begin with a fixed level, half with a place, which no table of first levels can tell apart.
        let topic = i % 2 == 0 ? "vendor\(i)/{site}/{device}/vitals" : "{site}/{device}/vitals\(i)"
        let name = "bench-\(i)"
        read(name, wearable.replacingOccurrences(of: "profile: generic-json-wearable", with: "profile: \(name)").replacingOccurrences(of: "{site}/{device}/vitals", with: topic))
    }
    let book = ProfileBook(files, &problems)
    guard book.names.count == count else { refuse("\(book.names.count) of \(count) profiles are usable: \(problems.list.prefix(3).map(\.description))") }
    return book
}

func registry(_ profiles: Int) -> Registry {
    let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 8 * 3_600)
    var bindings: [DeviceBinding] = []
    // Each wearable is one person's, whose course is followed.
    let people = (0..<deviceCount).map { Resident(id: ResidentID("r\($0)"), home: 0, name: "R") }
    for i in 0..<deviceCount {
        bindings.append(DeviceBinding(device: DeviceID("topic:home\(i % 250)/w\(1_000 + i)"), profile: "generic-json-wearable", home: 0, residents: [i]))
        bindings.append(DeviceBinding(device: DeviceID("deveui:\(eui(i))"), profile: "milesight-ws101", home: 0, residents: []))
    }
    return Registry(book: book(profiles), household: Household(homes: [Home(id: HomeID("h1"), zone: zone)], residents: people, bindings: bindings))
}

func eui(_ i: Int) -> String { "24e124" + String(String(0x10_0000_0000 + i * 7_919, radix: 16).suffix(10)) }

struct Publish {
    var topic: [UInt8]
    var payload: [UInt8]
}

/// A flat reading of 95 bytes; each message of a device has other values.
func wearable(_ i: Int) -> Publish {
    let device = i % deviceCount, turn = i / deviceCount, at = 1_795_334_400_000 + i
    let text = "{\"device\":\"w\(1_000 + device)\",\"ts\":\(at),\"seq\":\(10_000_000 + turn),\"hr\":\(60 + i % 37),\"spo2\":\(91 + i % 8),\"temp\":\(33 + i % 4).\(i % 10),\"battery\":\(10 + i % 89)}"
    return Publish(topic: Array("home\(device % 250)/w\(1_000 + device)/vitals".utf8), payload: Array(text.utf8))
}

/// An uplink of ChirpStack 4 with all that it says about gateways and radio, two values of TLV in base64.
func chirpstack(_ i: Int) -> Publish {
    let device = i % deviceCount, turn = i / deviceCount, second = i / 1_000
    let data = Data([0x01, 0x75, UInt8(20 + i % 80), 0xFF, 0x2E, UInt8(1 + i % 3)]).base64EncodedString()
    let time = String(format: "2026-11-22T08:%02d:%02d.%03d000+00:00", second / 60 % 60, second % 60, i % 1_000)
    let text = "{\"deduplicationId\":\"6f1d3c52-0a7e-4b1f-9d3e-\(String(format: "%012x", i))\",\"time\":\"\(time)\",\"deviceInfo\":{\"tenantId\":\"2b9d7f10-5c31-4f6e-8a52-90d1e0c4b7aa\",\"tenantName\":\"care\",\"applicationId\":\"7e0c1a44-93b2-4d0e-b1d7-55f20c9be318\",\"applicationName\":\"buttons\",\"deviceProfileId\":\"c3f58a06-1e27-4a9d-a6c0-3de2f7b81944\",\"deviceProfileName\":\"WS101\",\"deviceName\":\"button \(device)\",\"devEui\":\"\(eui(device))\",\"tags\":{}},\"devAddr\":\"00c5\(String(format: "%04x", device))\",\"adr\":true,\"dr\":5,\"fCnt\":\(100 + turn),\"fPort\":85,\"confirmed\":true,\"data\":\"\(data)\",\"rxInfo\":[{\"gatewayId\":\"a840411e6b7d4150\",\"uplinkId\":\(1_000_000 + i),\"rssi\":\(-60 - i % 50),\"snr\":\(i % 12).5,\"channel\":2,\"rfChain\":1,\"location\":{},\"context\":\"5JhzwA==\",\"crcStatus\":\"CRC_OK\"}],\"txInfo\":{\"frequency\":486300000,\"modulation\":{\"lora\":{\"bandwidth\":125000,\"spreadingFactor\":7,\"codeRate\":\"CR_4_5\"}}}}"
    return Publish(topic: Array("application/7e0c1a44-93b2-4d0e-b1d7-55f20c9be318/device/\(eui(device))/event/up".utf8), payload: Array(text.utf8))
}

func cpuNanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

struct Figure {
    var best: Double
    var worst: Double
    var text: String { String(format: "%8.0f ns (worst round %.0f)", best, worst) }
}

/// Runs `body` over all messages, `roundCount` times after a round that isn't counted.
func measure(_ body: (Int) -> Void) -> Figure {
    var rounds: [Double] = []
    for round in 0...roundCount {
        let before = cpuNanoseconds()
        body(round)
        if round > 0 { rounds.append(Double(cpuNanoseconds() - before) / Double(messageCount)) }
    }
    return Figure(best: rounds.min() ?? 0, worst: rounds.max() ?? 0)
}

func decoding(_ publishes: [Publish], _ registry: Registry, readingsEach: Int) -> Figure {
    var decoding = Decoding(), decoded = Decoded()
    return measure { round in
        // Each round in a time of its own, with fresh memory of what came: nothing is a duplicate.
        decoding = Decoding()
        var readingCount = 0
        for (i, publish) in publishes.enumerated() {
            decoded.removeAll()
            let message = Message(link: .telemetry, topic: String(decoding: publish.topic, as: UTF8.self), payload: publish.payload)
            decoding.decode(message, at: Instant(microseconds: start.microseconds + Int64(i) * 1_000), clock: clock, registry: registry, into: &decoded)
            readingCount += decoded.readings.count
            if i == 0, !decoded.rejections.isEmpty || !decoded.sightings.isEmpty { refuse("the first message is refused: \(decoded.rejections) \(decoded.sightings.map(\.candidates))") }
        }
        guard readingCount == readingsEach * publishes.count else { refuse("\(readingCount) readings of \(publishes.count) messages") }
    }
}

struct Wearable: Decodable { var device: String, ts: Int64, seq: Int, hr: Int, spo2: Int, temp: Double, battery: Int }
struct Uplink: Decodable {
    struct Info: Decodable { var devEui: String }
    struct Reception: Decodable { var rssi: Int }
    var deduplicationId: String, time: String, deviceInfo: Info, fCnt: Int, fPort: Int, data: Data, rxInfo: [Reception]
}

func foundation<T: Decodable>(_ publishes: [Publish], _ type: T.Type) -> Figure {
    let decoder = JSONDecoder(), payloads = publishes.map { Data($0.payload) }
    return measure { _ in for payload in payloads { if (try? decoder.decode(type, from: payload)) == nil { refuse("JSONDecoder refuses a message") } } }
}

let few = registry(10), many = isBare ? few : registry(1_000)
for (name, make, readings, limit) in [("wearable", wearable, 4, 1_500.0), ("chirpstack", chirpstack, 3, 5_000.0)] where only == nil || only == name {
    let publishes = (0..<messageCount).map { make($0) }
    let bytes = publishes.map(\.payload.count)
    print("\(name): \(bytes.min() ?? 0)...\(bytes.max() ?? 0) bytes, \(messageCount) messages of \(deviceCount) devices, \(readings) readings each")
    let ten = decoding(publishes, few, readingsEach: readings)
    if isBare {
        print("  vigil,    10 profiles  \(ten.text)")
        continue
    }
    let thousand = decoding(publishes, many, readingsEach: readings)
    let other = name == "wearable" ? foundation(publishes, Wearable.self) : foundation(publishes, Uplink.self)
    print("  vigil,    10 profiles  \(ten.text)  limit \(Int(limit)) ns: \(ten.best <= limit ? "ok" : "over")")
    print("  vigil, 1,000 profiles  \(thousand.text)  \(String(format: "%+.1f", (thousand.best / ten.best - 1) * 100)) %, limit +10 %: \(thousand.best <= ten.best * 1.1 ? "ok" : "over")")
    print("  JSONDecoder            \(other.text)  \(String(format: "%.1f", other.best / ten.best)) × vigil with 10")
}
