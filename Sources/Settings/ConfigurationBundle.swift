import CareModel

/// Every byte that decides what the hub does, in one canonical value: what the ledger keeps under its SHA-256,
/// and what a hub starts from when its new files are broken.
public struct ConfigurationBundle: Hashable, Sendable {
    public struct File: Hashable, Sendable {
        /// What places show, for instance `hub.yaml`, `rules/vital.yaml`, `devices/acme-button/profile.yaml`.
        public var name: String
        public var bytes: [UInt8]

        public init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
    }

    static let form: UInt8 = 1

    /// By name.
    public var files: [File]
    /// The time zones of the homes as this machine knew them, by name.
    public var zones: [TimeZoneTable]

    public init(files: [File], zones: [TimeZoneTable]) {
        self.files = files.sorted { $0.name < $1.name }
        self.zones = zones.sorted { $0.name < $1.name }
    }

    /// The same files and zones give the same bytes on every machine.
    public var bytes: [UInt8] {
        var w = ByteWriter(reserving: files.reduce(1_024) { $0 + $1.bytes.count + 64 })
        w.byte(ConfigurationBundle.form)
        w.list(files) { w, file in
            w.string(file.name)
            w.blob(file.bytes)
        }
        w.list(zones) { w, zone in
            w.string(zone.name)
            w.int(zone.initialOffsetSeconds)
            w.list(zone.transitions) { w, change in
                w.signed(change.fromSeconds)
                w.int(change.offsetSeconds)
            }
        }
        return w.bytes
    }

    /// Reads what `bytes` gave.
    public init(_ bytes: [UInt8]) throws(BinaryFailure) {
        var r = ByteReader(bytes)
        let form = try r.byte()
        guard form == ConfigurationBundle.form else { throw .malformed("unknown bundle form \(form)", at: 0) }
        files = try r.list { (r: inout ByteReader) throws(BinaryFailure) -> File in File(name: try r.string(), bytes: try r.blob()) }
        zones = try r.list { (r: inout ByteReader) throws(BinaryFailure) -> TimeZoneTable in
            TimeZoneTable(
                name: try r.string(), initialOffsetSeconds: try r.int(),
                transitions: try r.list { (r: inout ByteReader) throws(BinaryFailure) -> TimeZoneTable.Transition in
                    .init(fromSeconds: try r.signed(), offsetSeconds: try r.int())
                })
        }
    }

    /// The table of a name, as the bundle holds it.
    public func zone(_ name: String) -> TimeZoneTable? { zones.first { $0.name == name } }
}
