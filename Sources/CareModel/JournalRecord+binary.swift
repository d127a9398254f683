extension JournalRecord {
    /// Version of the binary form below; stored beside each journal row.
    public static let binaryVersion: UInt16 = 1

    /// Appends position, time and body, 20...30 bytes more than the topic and payload of a message.
    ///
    /// - Parameter base: the row's first position and time, so that a burst stores small differences.
    public func write(to w: inout ByteWriter, base: (position: UInt64, at: Instant)) {
        w.unsigned(position &- base.position)
        w.signed(at.microseconds &- base.at.microseconds)
        switch body {
        case .message(let m):
            w.byte(0); w.byte(m.link.rawValue); w.byte(m.qos | (m.isRetained ? 0x80 : 0)); w.string(m.topic); w.blob(m.payload)
        case .wake:
            w.byte(1)
        case .started(let s):
            w.byte(2); w.string(s.hub); w.string(s.epoch); w.string(s.build); w.wall(s.wall); w.byte(s.quality.rawValue)
        case .configured(let c):
            w.byte(3); w.string(c.text)
        case .command(let c):
            w.byte(4); c.write(to: &w)
        case .delivery(let d):
            w.byte(5); d.write(to: &w)
        case .link(let l):
            w.byte(6); w.byte(l.link.rawValue)
            switch l.change {
            case .lost: w.byte(0)
            case .resumed(false): w.byte(1)
            case .resumed(true): w.byte(2)
            case .drained: w.byte(3)
            }
        case .clock(let c):
            w.byte(7); w.signed(c.offsetBefore.microseconds); w.signed(c.offsetAfter.microseconds); w.byte(c.quality.rawValue)
        }
    }

    public init(from r: inout ByteReader, base: (position: UInt64, at: Instant)) throws(BinaryFailure) {
        let position = base.position &+ (try r.unsigned())
        let at = Instant(microseconds: base.at.microseconds &+ (try r.signed()))
        let body: Body
        let tag = try r.byte()
        switch tag {
        case 0:
            let link = try r.choice(Link.self)
            let flags = try r.byte()
            body = .message(Message(link: link, topic: try r.string(), qos: flags & 0x7F, isRetained: flags & 0x80 != 0, payload: try r.blob()))
        case 1:
            body = .wake
        case 2:
            body = .started(HubStart(hub: try r.string(), epoch: try r.string(), build: try r.string(), wall: try r.wall(), quality: try r.choice(ClockQuality.self)))
        case 3:
            body = .configured(ConfigurationDigest(try r.string()))
        case 4:
            body = .command(try Command(from: &r))
        case 5:
            body = .delivery(try DeliveryReport(from: &r))
        case 6:
            let link = try r.choice(Link.self)
            let change: LinkChange.Change
            switch try r.byte() {
            case 0: change = .lost
            case 1: change = .resumed(isSessionPresent: false)
            case 2: change = .resumed(isSessionPresent: true)
            case 3: change = .drained
            case let other: throw .malformed("unknown link change \(other)", at: r.index - 1)
            }
            body = .link(LinkChange(link: link, change: change))
        case 7:
            body = .clock(ClockStep(
                offsetBefore: Span(microseconds: try r.signed()), offsetAfter: Span(microseconds: try r.signed()), quality: try r.choice(ClockQuality.self)))
        default:
            throw .malformed("unknown record kind \(tag)", at: r.index - 1)
        }
        self.init(position: position, at: at, body: body)
    }
}

extension IncidentID {
    public func write(to w: inout ByteWriter) { w.string(origin); w.unsigned(number) }
    public init(from r: inout ByteReader) throws(BinaryFailure) { self.init(origin: try r.string(), number: try r.unsigned()) }
}

extension DeliveryKey {
    public func write(to w: inout ByteWriter) { incident.write(to: &w); w.unsigned(UInt64(revision)); w.string(queue.text) }
    public init(from r: inout ByteReader) throws(BinaryFailure) {
        self.init(incident: try IncidentID(from: &r), revision: UInt32(truncatingIfNeeded: try r.unsigned()), queue: QueueName(try r.string()))
    }
}

extension DeliveryReport {
    func write(to w: inout ByteWriter) {
        key.write(to: &w)
        switch outcome {
        case .confirmed: w.byte(0)
        case .delayed(let why): w.byte(1); w.string(why)
        case .deadLettered(let why): w.byte(2); w.string(why)
        }
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        let key = try DeliveryKey(from: &r)
        switch try r.byte() {
        case 0: self.init(key: key, outcome: .confirmed)
        case 1: self.init(key: key, outcome: .delayed(try r.string()))
        case 2: self.init(key: key, outcome: .deadLettered(try r.string()))
        case let other: throw .malformed("unknown delivery outcome \(other)", at: r.index - 1)
        }
    }
}

extension Adoption {
    /// An adoption that is neither shared nor a replacement has the bytes of the first builds; before any other stands an empty name.
    public func write(to w: inout ByteWriter) {
        let isPlain = !isShared && replaces == nil
        if !isPlain { w.string("") }
        w.string(device.text); w.string(profile); w.string(home.text)
        w.list(residents) { $0.string($1.text) }
        w.string(room)
        if isPlain { return }
        w.bool(isShared)
        w.optional(replaces) { $0.string($1.text) }
    }

    public init(from r: inout ByteReader) throws(BinaryFailure) {
        let first = try r.string(), device = first.isEmpty ? try r.string() : first
        self.init(
            device: DeviceID(device), profile: try r.string(), home: HomeID(try r.string()),
            residents: try r.list { (r: inout ByteReader) throws(BinaryFailure) in ResidentID(try r.string()) }, room: try r.string())
        if !first.isEmpty { return }
        isShared = try r.bool()
        replaces = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in DeviceID(try r.string()) }
    }
}

extension Command {
    /// Stands before the action of a command that came back over a queue.
    private static let queueMark: UInt8 = 30

    func write(to w: inout ByteWriter) {
        w.string(id.text); w.string(actor); w.byte(role.rawValue); w.byte(via.rawValue)
        w.optional(expectedRevision) { $0.unsigned(UInt64($1)) }
        // Before the action, so that commands of other ways have the bytes of the first builds.
        if let queue { w.byte(Command.queueMark); w.string(queue.text) }
        switch action {
        case .acknowledge(let i): w.byte(0); i.write(to: &w)
        // A contact of the first build, which had no result, is read as one that reached somebody.
        case .contact(let i, .reached, let note): w.byte(1); i.write(to: &w); w.string(note)
        case .contact(let i, let result, let note): w.byte(7); i.write(to: &w); w.byte(result.rawValue); w.string(note)
        case .arrive(let i): w.byte(2); i.write(to: &w)
        case .resolve(let i, let reason, let note): w.byte(3); i.write(to: &w); w.byte(reason.rawValue); w.string(note)
        case .annotate(let i, let note): w.byte(4); i.write(to: &w); w.string(note)
        case .adopt(let a): w.byte(5); a.write(to: &w)
        case .arm(let d, let seconds): w.byte(6); w.string(d.text); w.int(seconds)
        case .handOver(let i, let to): w.byte(8); i.write(to: &w); w.string(to)
        case .resend(let key): w.byte(9); w.string(key.description)
        case .shelve(let i, let seconds, let reason): w.byte(10); i.write(to: &w); w.int(seconds); w.string(reason)
        case .unshelve(let i): w.byte(11); i.write(to: &w)
        case .reopen(let i, let note): w.byte(12); i.write(to: &w); w.string(note)
        case .escalate(let i): w.byte(13); i.write(to: &w)
        case .visit(let resident): w.byte(14); w.string(resident.text)
        case .drill(let resident, let kind): w.byte(15); w.string(resident.text); w.byte(kind.rawValue)
        case .setMode(let change): w.byte(20); change.write(to: &w)
        }
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        let id = CommandID(try r.string()), actor = try r.string()
        let role = try r.choice(Role.self), via = try r.choice(Via.self)
        let expected = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in UInt32(truncatingIfNeeded: try r.unsigned()) }
        var mark = try r.byte()
        var queue: QueueName?
        if mark == Command.queueMark {
            queue = QueueName(try r.string())
            mark = try r.byte()
        }
        let action: Action
        switch mark {
        case 0: action = .acknowledge(try IncidentID(from: &r))
        case 1: action = .contact(try IncidentID(from: &r), .reached, note: try r.string())
        case 2: action = .arrive(try IncidentID(from: &r))
        case 3: action = .resolve(try IncidentID(from: &r), try r.choice(CloseReason.self), note: try r.string())
        case 4: action = .annotate(try IncidentID(from: &r), note: try r.string())
        case 5: action = .adopt(try Adoption(from: &r))
        case 6: action = .arm(DeviceID(try r.string()), seconds: try r.int())
        case 7: action = .contact(try IncidentID(from: &r), try r.choice(ContactResult.self), note: try r.string())
        case 8: action = .handOver(try IncidentID(from: &r), to: try r.string())
        case 9:
            guard let key = DeliveryKey(try r.string()) else { throw .malformed("no delivery key", at: r.index) }
            action = .resend(key)
        case 10: action = .shelve(try IncidentID(from: &r), seconds: try r.int(), reason: try r.string())
        case 11: action = .unshelve(try IncidentID(from: &r))
        case 12: action = .reopen(try IncidentID(from: &r), note: try r.string())
        case 13: action = .escalate(try IncidentID(from: &r))
        case 14: action = .visit(ResidentID(try r.string()))
        case 15: action = .drill(ResidentID(try r.string()), try r.choice(Kind.self))
        case 20: action = .setMode(try ModeChange(from: &r))
        case let other: throw .malformed("unknown command \(other)", at: r.index - 1)
        }
        self.init(id: id, actor: actor, role: role, via: via, action: action, expectedRevision: expected, queue: queue)
    }
}
