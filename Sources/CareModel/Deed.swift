/// What a command brought about: of a visit and of a drill, which concern a person and no incident that was named.
public struct Deed: Hashable, Sendable {
    public var at: WallTime
    /// The resident's duty that it kept, by the word of duties, `visit`; nil = none was asked.
    public var duty: String?
    /// Of a visit, those that it set on site; of a drill, the drill. In the order in which they changed.
    public var incidents: [IncidentID]

    public init(at: WallTime, duty: String? = nil, incidents: [IncidentID]) { (self.at, self.duty, self.incidents) = (at, duty, incidents) }

    public func write(to w: inout ByteWriter) {
        w.wall(at)
        w.optional(duty) { $0.string($1) }
        w.list(incidents) { $1.write(to: &$0) }
    }

    public init(from r: inout ByteReader) throws(BinaryFailure) {
        at = try r.wall()
        duty = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.string() }
        incidents = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try IncidentID(from: &r) }
    }
}
