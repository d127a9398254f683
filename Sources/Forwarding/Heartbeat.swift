import CareModel
import Formats

/// What a hub says of itself on every queue: that it lives, and how it is. docs/operations.md lists the members.
///
/// It is no delivery: it is kept in no outbox, a lost one is not sent again, and it goes beside the incidents, never among them.
public struct Heartbeat: Hashable, Sendable {
    /// `hub.name`; receivers know a hub by it.
    public var hub: String
    /// `HUB-EPOCH`, as in incidents.
    public var origin: String
    /// Counts from 1 at each start.
    public var sequence: UInt64
    public var at: WallTime
    /// When the next one is due.
    public var everySeconds: Int
    public var version: String
    /// Digest of the configuration in force; empty before one is.
    public var configuration: String
    /// Whether an SOS that comes now would be journalled, decided and queued.
    public var isReady: Bool
    /// Stable words of what is not as it should be, as /readyz has them.
    public var reasons: [String]
    /// Nil where it can't be measured.
    public var diskFreeBytes: Int64?
    public var isClockSynchronised: Bool
    /// Days until the first of the hub's own certificates ends; nil = it has none.
    public var certificateDays: Int?
    /// How far the clock is from what disciplines it, in microseconds; nil = nothing does.
    public var clockOffsetMicroseconds: Int64?
    /// Since the last copy of the data folder that somebody noted; nil = nobody did.
    public var backupAgeSeconds: Int?
    /// What the box runs on; nil = it can't tell.
    public var power: Power?
    /// Which of its own sessions have their broker, by name.
    public var links: [String: Bool] = [:]

    public enum Power: String, Hashable, Sendable { case mains, battery }

    public init(
        hub: String, origin: String, sequence: UInt64, at: WallTime, everySeconds: Int, version: String, configuration: String, isReady: Bool,
        reasons: [String], diskFreeBytes: Int64?, isClockSynchronised: Bool, certificateDays: Int?
    ) {
        (self.hub, self.origin, self.sequence, self.at, self.everySeconds) = (hub, origin, sequence, at, everySeconds)
        (self.version, self.configuration, self.isReady, self.reasons) = (version, configuration, isReady, reasons)
        (self.diskFreeBytes, self.isClockSynchronised, self.certificateDays) = (diskFreeBytes, isClockSynchronised, certificateDays)
    }

    /// Names it: `HUB-EPOCH:heartbeat:SEQUENCE`.
    public var id: String { "\(origin):heartbeat:\(sequence)" }

    /// One object, keys in the order of their bytes; what the hub doesn't know is null.
    public var json: [UInt8] {
        var w = JSONWriter(reserving: 512)
        w.beginObject()
        w.key("at"); w.time(at)
        w.key("backup_age_s"); if let backupAgeSeconds { w.integer(backupAgeSeconds) } else { w.null() }
        w.key("certificate_days"); if let certificateDays { w.integer(certificateDays) } else { w.null() }
        w.key("clock"); w.string(isClockSynchronised ? "synchronised" : "unsynchronised")
        w.key("clock_offset_us"); if let clockOffsetMicroseconds { w.integer(clockOffsetMicroseconds) } else { w.null() }
        w.key("configuration"); w.string(configuration)
        w.key("disk_free_bytes"); if let diskFreeBytes { w.integer(diskFreeBytes) } else { w.null() }
        w.key("every_s"); w.integer(everySeconds)
        w.key("heartbeat"); w.integer(sequence)
        w.key("hub"); w.string(hub)
        w.key("links")
        w.beginObject()
        for (name, isConnected) in links.sorted(by: { $0.key < $1.key }) { w.key(text: name); w.bool(isConnected) }
        w.endObject()
        w.key("origin"); w.string(origin)
        w.key("power"); w.string(power?.rawValue)
        w.key("reasons")
        w.beginArray()
        for reason in reasons { w.string(reason) }
        w.endArray()
        w.key("state"); w.string(isReady ? "ready" : "not_ready")
        w.key("version"); w.string(version)
        w.endObject()
        return w.bytes
    }
}
