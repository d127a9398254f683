import CareModel
import Testing

@Suite struct BinaryTests {
    @Test("integers of every size come back", arguments: [
        0, 1, -1, 63, 64, -64, -65, 127, 128, 16_383, 16_384, Int64.max, Int64.min, Int64.max - 1, Int64.min + 1,
    ] as [Int64])
    func integers(value: Int64) throws {
        var w = ByteWriter()
        w.signed(value)
        w.unsigned(UInt64(bitPattern: value))
        var r = ByteReader(w.bytes)
        #expect(try r.signed() == value)
        #expect(try r.unsigned() == UInt64(bitPattern: value))
        #expect(r.isAtEnd)
    }

    static let bodies: [JournalRecord.Body] = [
        .started(HubStart(hub: "站-1", epoch: "a1b2", build: "1.0", wall: WallTime(microseconds: -5), quality: .unsynchronised)),
        .configured(ConfigurationDigest("00ff")), .wake,
        .message(Message(link: .safety, topic: "a/b ™", qos: 2, isRetained: true, payload: [0, 255, 10])),
        .message(Message(link: .telemetry, topic: "", qos: 0, payload: [])),
        .command(Command(id: CommandID("c"), actor: "李护士", role: .caregiver, via: .page, action: .resolve(IncidentID(origin: "h-1", number: 7), .accidental, note: "ok"), expectedRevision: 3)),
        .command(Command(id: CommandID("d"), actor: "t", role: .technician, via: .http, action: .adopt(Adoption(device: DeviceID("ieee:0x1"), profile: "p", home: HomeID("h"), residents: [ResidentID("r")], room: "厨房")))),
        .command(Command(
            id: CommandID("d2"), actor: "t", role: .technician, via: .http,
            action: .adopt(Adoption(device: DeviceID("ieee:0x2"), profile: "p", home: HomeID("h"), residents: [], room: "", isShared: true, replaces: DeviceID("ieee:0x1"))))),
        .command(Command(id: CommandID("e"), actor: "t", role: .technician, via: .commandLine, action: .arm(DeviceID("imei:1"), seconds: 300))),
        .command(Command(id: CommandID("f"), actor: "t", role: .family, via: .mqtt, action: .contact(IncidentID(origin: "h-1", number: 7), .reached, note: "n"))),
        .command(Command(
            id: CommandID("g"), actor: "t", role: .caregiver, via: .webhook, action: .arrive(IncidentID(origin: "h-1", number: 7)), expectedRevision: 3, queue: QueueName("upstream"))),
        .command(Command(id: CommandID("g"), actor: "t", role: .caregiver, via: .page, action: .contact(IncidentID(origin: "h-1", number: 7), .notUnderstood, note: ""))),
        .command(Command(id: CommandID("h"), actor: "t", role: .supervisor, via: .page, action: .handOver(IncidentID(origin: "h-1", number: 7), to: "吴护士"))),
        .command(Command(id: CommandID("i"), actor: "t", role: .caregiver, via: .page, action: .shelve(IncidentID(origin: "h-1", number: 7), seconds: 600, reason: "known"))),
        .command(Command(id: CommandID("j"), actor: "t", role: .caregiver, via: .http, action: .unshelve(IncidentID(origin: "h-1", number: 7)))),
        .command(Command(id: CommandID("l"), actor: "t", role: .family, via: .http, action: .setMode(ModeChange(home: HomeID("h"), resident: ResidentID("r"), mode: .hospital, seconds: 86_400)))),
        .command(Command(id: CommandID("m"), actor: "t", role: .caregiver, via: .http, action: .setMode(ModeChange(home: HomeID("h"), mode: nil)))),
        .command(Command(id: CommandID("k"), actor: "t", role: .caregiver, via: .http, action: .reopen(IncidentID(origin: "h-1", number: 7), note: "n"))),
        .command(Command(id: CommandID("n"), actor: "t", role: .caregiver, via: .page, action: .escalate(IncidentID(origin: "h-1", number: 7)), expectedRevision: 2)),
        .command(Command(id: CommandID("o"), actor: "t", role: .caregiver, via: .page, action: .visit(ResidentID("王奶奶")))),
        .command(Command(id: CommandID("p"), actor: "t", role: .supervisor, via: .commandLine, action: .drill(ResidentID("r"), .fall))),
        .command(Command(
            id: CommandID("f"), actor: "s", role: .supervisor, via: .http,
            action: .resend(DeliveryKey(incident: IncidentID(origin: "hub-e1", number: 7), revision: 2, queue: QueueName("station"))))),
        .delivery(DeliveryReport(key: DeliveryKey(incident: IncidentID(origin: "h-1", number: 1), revision: 2, queue: QueueName("q")), outcome: .delayed("why"))),
        .delivery(DeliveryReport(key: DeliveryKey(incident: IncidentID(origin: "h-1", number: 1), revision: 2, queue: QueueName("q")), outcome: .confirmed)),
        .link(LinkChange(link: .safety, change: .resumed(isSessionPresent: false))), .link(LinkChange(link: .telemetry, change: .drained)),
        .clock(ClockStep(offsetBefore: .seconds(-3), offsetAfter: .seconds(86_400), quality: .synchronised)),
    ]

    @Test("every kind of record comes back from the journal's form", arguments: bodies)
    func records(body: JournalRecord.Body) throws {
        let base = (position: UInt64(40), at: Instant(microseconds: 1_000_000))
        let record = JournalRecord(position: 41, at: Instant(microseconds: 999_000), body: body)
        var w = ByteWriter()
        record.write(to: &w, base: base)
        var r = ByteReader(w.bytes)
        #expect(try JournalRecord(from: &r, base: base) == record)
        #expect(r.isAtEnd)
        // One byte short is said, never read past.
        for length in 0..<w.bytes.count {
            var short = ByteReader(Array(w.bytes[..<length]))
            #expect(throws: BinaryFailure.self) { _ = try JournalRecord(from: &short, base: base) }
        }
    }

    @Test("a length that exceeds what is left is refused before anything is allocated")
    func lengths() {
        var w = ByteWriter()
        w.unsigned(UInt64.max)
        #expect(throws: BinaryFailure.self) { var r = ByteReader(w.bytes); _ = try r.blob() }
        #expect(throws: BinaryFailure.self) { var r = ByteReader(w.bytes); _ = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try r.byte() } }
    }

    @Test("delivery keys and incident identifiers are read as they are written")
    func keys() {
        let id = IncidentID(origin: "west-coast-3-9f2c", number: 42)
        #expect(id.description == "west-coast-3-9f2c:000042")
        #expect(IncidentID(id.description) == id)
        let key = DeliveryKey(incident: id, revision: 3, queue: QueueName("station"))
        #expect(DeliveryKey(key.description) == key)
        for bad in ["", "x", "x:", ":1", "a:1:2:", "a:1:x:q", "a:b:1:q"] { #expect(DeliveryKey(bad) == nil) }
    }
}
