import CareModel
import Foundation
@testable import Decoding

/// The profile interpreter over every shipped profile, with devices that are bound and with devices that nobody knows.
/// Input: the topic, a line end, the payload. Before it a byte 1 makes the message a retained one, 2 leaves all devices unknown, 3 does both.
enum ProfileTarget: FuzzTarget {
    /// Every profile that can be read; that all can is DecodingTests' matter.
    private static let book: ProfileBook = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Shelf.devices.path(percentEncoded: false)))?.sorted() ?? []
        let files = names.compactMap { name -> (name: String, node: ConfigurationNode)? in
            guard let text = try? String(contentsOf: Shelf.devices.appending(path: name).appending(path: "profile.yaml"), encoding: .utf8) else { return nil }
            return (try? Shelf.node(text, file: "\(name)/profile.yaml")).map { (name, $0) }
        }
        var problems = Problems()
        let book = ProfileBook(files, &problems)
        if book.names.isEmpty { fault("no profile can be read") }
        return book
    }()

    /// The devices of the samples under their profiles.
    private static let bound: Registry = {
        var bindings: [DeviceBinding] = [], seen: Set<String> = []
        for name in book.names {
            for file in (try? Shelf.samples(of: name)) ?? [] {
                for line in file.bytes.split(separator: 0x0A) {
                    guard let device = (try? JSONReader.read(Array(line), limits: .logLine))?["device"]?.text, seen.insert(device).inserted else { continue }
                    bindings.append(DeviceBinding(device: DeviceID(device), profile: name, home: 0, residents: []))
                }
            }
        }
        return registry(bindings)
    }()
    private static let empty = registry([])

    private static func registry(_ bindings: [DeviceBinding]) -> Registry {
        let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 8 * 3_600)
        return Registry(book: book, household: Household(homes: [Home(id: HomeID("h1"), zone: zone)], bindings: bindings))
    }

    private static let start = Instant(microseconds: 1_795_334_400_000_000)

    static func run(_ input: [UInt8]) {
        let flags = input.first.flatMap { (1...3).contains($0) ? $0 : nil } ?? 0, isRetained = flags & 1 != 0
        let registry = flags & 2 != 0 ? empty : bound
        let parts = (flags > 0 ? input.dropFirst() : input[...]).split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        let message = Message(link: .safety, topic: String(decoding: parts[0], as: UTF8.self), isRetained: isRetained, payload: Array(parts[1]))
        let clock = HubClock(offset: .zero, quality: .synchronised)
        func take(_ decoding: inout Decoding, after seconds: Int) -> Decoded {
            var decoded = Decoded()
            decoding.decode(message, at: start + Span.seconds(seconds), clock: clock, registry: registry, into: &decoded)
            let plainCount = decoded.readings.count { !$0.kind.isSafety }
            hold(plainCount <= Limits.readingsPerMessageMax, "\(plainCount) readings that are not of a safety kind")
            for downlink in decoded.downlinks {
                hold(!downlink.topic.isEmpty && !downlink.topic.contains("#") && !downlink.topic.contains("+") && !downlink.topic.hasPrefix("$"), "a downlink to \"\(downlink.topic)\"")
            }
            return decoded
        }
        var first = Decoding()
        let a = take(&first, after: 0)
        // What names a person lies inside the payload.
        var end = 0
        for range in registry.identifyingRanges(in: message) {
            hold(range.lowerBound >= end && range.upperBound <= message.payload.count, "an identifying field at \(range)")
            end = range.upperBound
        }
        // Of what no profile reads nothing is remembered.
        if a.readings.isEmpty, a.rejections.isEmpty, a.sightings.allSatisfy({ $0.why == .noProfile && $0.candidates.isEmpty }), first.isUntouched { return }
        // What is remembered survives being written and read, and decides the same afterwards.
        var writer = ByteWriter()
        first.write(to: &writer)
        var reader = ByteReader(writer.bytes), restored = Decoding()
        do { restored = try Decoding(from: &reader) } catch { fault("the memory can't be read again: \(error)") }
        let c = take(&first, after: 1), d = take(&restored, after: 1)
        hold(c.readings == d.readings && c.rejections == d.rejections, "the memory decides otherwise after a restart")
    }
}

extension Decoding {
    /// Whether it remembers nothing at all.
    fileprivate var isUntouched: Bool { memories.isEmpty && zigbee.isEmpty && sparkplug.nodes.isEmpty && homie.devices.isEmpty }
}
