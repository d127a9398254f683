import CareModel

/// What the core has learned up to one position, so that a restart need not read the whole journal.
public struct Checkpoint: Hashable, Sendable {
    public var position: UInt64
    public var at: Instant
    public var build: String
    public var configuration: ConfigurationDigest
    public var sections: [Section]

    /// One stage's state. A section of another version is left out and its stage starts afresh from the journal.
    public struct Section: Hashable, Sendable {
        public var name: String
        public var version: UInt16
        public var bytes: [UInt8]
    }

    public static let formVersion: UInt16 = 1

    /// The sections as one blob, for the ledger.
    public func sectionBytes() -> [UInt8] {
        // Room for all of it at once: an array that doubles as it grows would hold three times as much for a moment.
        var w = ByteWriter(reserving: sections.reduce(16) { $0 + $1.name.utf8.count + $1.bytes.count + 24 })
        w.list(sections) { w, s in
            w.string(s.name)
            w.unsigned(UInt64(s.version))
            w.blob(s.bytes)
        }
        return w.bytes
    }

    public init(position: UInt64, at: Instant, build: String, configuration: ConfigurationDigest, sections: [Section]) {
        (self.position, self.at, self.build, self.configuration, self.sections) = (position, at, build, configuration, sections)
    }

    public init(position: UInt64, at: Instant, build: String, configuration: ConfigurationDigest, sectionBytes: [UInt8]) throws(BinaryFailure) {
        var r = ByteReader(sectionBytes)
        let sections = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            Section(name: try r.string(), version: UInt16(truncatingIfNeeded: try r.unsigned()), bytes: try r.blob())
        }
        self.init(position: position, at: at, build: build, configuration: configuration, sections: sections)
    }
}
