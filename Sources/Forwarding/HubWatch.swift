import CareModel
import Foundation

/// What a receiver of many hubs knows of each: when it last gave a sign of life, and whether that is too long ago.
///
/// Judged by the receiver's own clock. A hub is silent after five quarters of the interval that it announced, at least five seconds
/// after the next sign was due: 75 s where it sends one a minute, so that it is named within 90 s.
public struct HubWatch: Sendable {
    public struct Hub: Hashable, Sendable {
        public var heardAt: ContinuousClock.Instant
        public var everySeconds: Int
        /// Of its newest sign of life, as the hub wrote it; nil when none ever came.
        public var at: String?
        public var state: String
        public var reasons: [String]
        public var isSilent = false
        /// Its silence counts from here when that is later than `heardAt`: until then nothing could have been heard.
        public var unheardUntil: ContinuousClock.Instant?
    }

    /// What a person must hear of.
    public enum Change: Hashable, Sendable {
        case appeared(String)
        case silent(String, forSeconds: Int)
        case back(String)
        /// Alive and not well, or well again: its state and reasons.
        case state(String, String, [String])
    }

    public private(set) var hubs: [String: Hub] = [:]
    /// More names than this are not kept: a queue that anybody could fill must not fill the memory.
    public static let hubsMax = 10_000

    private struct Body: Decodable {
        var hub: String
        var at: String
        var every_s: Int
        var state: String
        var reasons: [String]
    }

    /// - Parameter expected: hubs that must be heard although they have not been yet.
    public init(expected: [String] = [], at now: ContinuousClock.Instant) {
        for name in expected { hubs[name] = Hub(heardAt: now, everySeconds: 60, at: nil, state: "unknown", reasons: []) }
    }

    /// Takes a sign of life.
    ///
    /// - Returns: what changed by it; nothing for bytes that are none.
    public mutating func note(_ heartbeat: [UInt8], at now: ContinuousClock.Instant) -> [Change] {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(heartbeat)), (1...3_600).contains(body.every_s), (1...64).contains(body.hub.utf8.count),
              hubs[body.hub] != nil || hubs.count < HubWatch.hubsMax else { return [] }
        let before = hubs[body.hub]
        hubs[body.hub] = Hub(heardAt: now, everySeconds: body.every_s, at: body.at, state: body.state, reasons: body.reasons)
        var changes: [Change] = []
        if let before, before.isSilent { changes.append(.back(body.hub)) } else if before?.at == nil { changes.append(.appeared(body.hub)) }
        if before?.state != body.state || before?.reasons != body.reasons { changes.append(.state(body.hub, body.state, body.reasons)) }
        return changes
    }

    /// Names the hubs that have become silent by now, each once.
    public mutating func look(at now: ContinuousClock.Instant) -> [Change] {
        var changes: [Change] = []
        for (name, hub) in hubs.sorted(by: { $0.key < $1.key }) where !hub.isSilent {
            guard now - max(hub.heardAt, hub.unheardUntil ?? hub.heardAt) >= HubWatch.patience(hub.everySeconds) else { continue }
            hubs[name]?.isSilent = true
            changes.append(.silent(name, forSeconds: Int((now - hub.heardAt).components.seconds)))
        }
        return changes
    }

    /// The receiver itself heard nobody until now: that is no hub's silence. Those that were silent before stay so.
    public mutating func excuse(until now: ContinuousClock.Instant) {
        for (name, hub) in hubs where !hub.isSilent { hubs[name]?.unheardUntil = now }
    }

    static func patience(_ everySeconds: Int) -> Duration { .seconds(max(everySeconds + everySeconds / 4, everySeconds + 5)) }
}
