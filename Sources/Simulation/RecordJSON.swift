import CareModel
import Decoding
import Formats

/// Journal records other than messages as JSON, the payload of `$vigil/<kind>` lines.
enum RecordJSON {
    static func kind(_ body: JournalRecord.Body) -> String {
        switch body {
        case .started: "started"
        case .configured: "configured"
        case .message: "message"
        case .command: "command"
        case .delivery: "delivery"
        case .link: "link"
        case .clock: "clock"
        case .wake: "wake"
        }
    }

    static func write(_ body: JournalRecord.Body, _ bundle: [UInt8]?, to w: inout JSONWriter) {
        w.beginObject()
        switch body {
        case .message, .wake:
            break
        case .started(let s):
            w.key("hub"); w.string(s.hub)
            w.key("epoch"); w.string(s.epoch)
            w.key("build"); w.string(s.build)
            w.key("wall"); w.time(s.wall)
            w.key("quality"); w.string(s.quality.name)
        case .configured(let c):
            w.key("digest"); w.string(c.text)
            if let bundle { w.key("bundle_base64"); w.string(Base64.encode(bundle)) }
        case .command(let c):
            write(c, to: &w)
        case .delivery(let d):
            w.key("key"); w.string(d.key.description)
            switch d.outcome {
            case .confirmed: w.key("outcome"); w.string("confirmed")
            case .delayed(let why): w.key("outcome"); w.string("delayed"); w.key("why"); w.string(why)
            case .deadLettered(let why): w.key("outcome"); w.string("dead_lettered"); w.key("why"); w.string(why)
            }
        case .link(let l):
            w.key("link"); w.string(l.link.name)
            switch l.change {
            case .lost: w.key("change"); w.string("lost")
            case .drained: w.key("change"); w.string("drained")
            case .resumed(let isPresent):
                w.key("change"); w.string("resumed")
                w.key("session_present"); w.bool(isPresent)
            }
        case .clock(let c):
            w.key("offset_before_us"); w.integer(c.offsetBefore.microseconds)
            w.key("offset_after_us"); w.integer(c.offsetAfter.microseconds)
            w.key("quality"); w.string(c.quality.name)
        }
        w.endObject()
    }

    private static func write(_ c: Command, to w: inout JSONWriter) {
        w.key("id"); w.string(c.id.text)
        w.key("actor"); w.string(c.actor)
        w.key("role"); w.string(c.role.name)
        w.key("via"); w.string(c.via.name)
        if let queue = c.queue { w.key("queue"); w.string(queue.text) }
        if let revision = c.expectedRevision { w.key("expected_revision"); w.integer(revision) }
        func incident(_ action: String, _ id: IncidentID) {
            w.key("action"); w.string(action)
            w.key("incident"); w.string(id.description)
        }
        switch c.action {
        case .acknowledge(let id): incident("acknowledge", id)
        case .contact(let id, let result, let note):
            incident("contact", id)
            w.key("result"); w.string(result.name)
            w.key("note"); w.string(note)
        case .handOver(let id, let to): incident("hand_over", id); w.key("to"); w.string(to)
        case .arrive(let id): incident("arrive", id)
        case .resolve(let id, let reason, let note):
            incident("resolve", id)
            w.key("reason"); w.string(reason.name)
            w.key("note"); w.string(note)
        case .annotate(let id, let note): incident("annotate", id); w.key("note"); w.string(note)
        case .adopt(let a):
            w.key("action"); w.string("adopt")
            w.key("device"); w.string(a.device.text)
            w.key("profile"); w.string(a.profile)
            w.key("home"); w.string(a.home.text)
            w.key("residents")
            w.beginArray()
            for resident in a.residents { w.string(resident.text) }
            w.endArray()
            w.key("room"); w.string(a.room)
            if a.isShared { w.key("shared"); w.bool(true) }
            if let old = a.replaces { w.key("replaces"); w.string(old.text) }
        case .arm(let device, let seconds):
            w.key("action"); w.string("arm")
            w.key("device"); w.string(device.text)
            w.key("seconds"); w.integer(seconds)
        case .resend(let key):
            w.key("action"); w.string("resend")
            w.key("key"); w.string(key.description)
        case .shelve(let id, let seconds, let reason):
            incident("shelve", id)
            w.key("seconds"); w.integer(seconds)
            w.key("reason"); w.string(reason)
        case .unshelve(let id): incident("unshelve", id)
        case .reopen(let id, let note): incident("reopen", id); w.key("note"); w.string(note)
        case .escalate(let id): incident("escalate", id)
        case .visit(let resident):
            w.key("action"); w.string("visit")
            w.key("resident"); w.string(resident.text)
        case .drill(let resident, let kind):
            w.key("action"); w.string("drill")
            w.key("resident"); w.string(resident.text)
            w.key("kind"); w.string(kind.name)
        case .setMode(let change):
            w.key("action"); w.string("mode")
            w.key("home"); w.string(change.home.text)
            if let resident = change.resident { w.key("resident"); w.string(resident.text) }
            if let mode = change.mode { w.key("mode"); w.string(mode.name) }
            w.key("seconds"); w.integer(change.seconds)
        }
    }

    static func bundle(_ payload: Value) -> [UInt8]? {
        payload["bundle_base64"]?.text.flatMap { Base64.decode(Array($0.utf8)) }
    }

    static func read(kind: String, _ p: Value) throws(LogFault) -> JournalRecord.Body {
        switch kind {
        case "wake": return .wake
        case "configured": return .configured(ConfigurationDigest(try text("digest", p)))
        case "started":
            guard let wall = WallTime(rfc3339: try text("wall", p)) else { throw LogFault("\"wall\" is no time") }
            return .started(HubStart(hub: try text("hub", p), epoch: try text("epoch", p), build: try text("build", p), wall: wall, quality: try quality(p)))
        case "command": return .command(try command(p))
        case "delivery":
            guard let key = DeliveryKey(try text("key", p)) else { throw LogFault("\"key\" is no delivery key") }
            switch try text("outcome", p) {
            case "confirmed": return .delivery(DeliveryReport(key: key, outcome: .confirmed))
            case "delayed": return .delivery(DeliveryReport(key: key, outcome: .delayed(try text("why", p))))
            case "dead_lettered": return .delivery(DeliveryReport(key: key, outcome: .deadLettered(try text("why", p))))
            case let other: throw LogFault("unknown outcome \"\(other)\"")
            }
        case "link":
            let name = try text("link", p)
            guard let link = Link.allCases.first(where: { $0.name == name }) else { throw LogFault("unknown link \"\(name)\"") }
            switch try text("change", p) {
            case "lost": return .link(LinkChange(link: link, change: .lost))
            case "drained": return .link(LinkChange(link: link, change: .drained))
            case "resumed": return .link(LinkChange(link: link, change: .resumed(isSessionPresent: p["session_present"]?.flag ?? false)))
            case let other: throw LogFault("unknown change \"\(other)\"")
            }
        case "clock":
            return .clock(ClockStep(
                offsetBefore: Span(microseconds: try whole("offset_before_us", p)), offsetAfter: Span(microseconds: try whole("offset_after_us", p)),
                quality: try quality(p)))
        default: throw LogFault("unknown record \"$vigil/\(kind)\"")
        }
    }

    private static func command(_ p: Value) throws(LogFault) -> Command {
        let action: Command.Action
        switch try text("action", p) {
        case "acknowledge": action = .acknowledge(try incident(p))
        case "contact":
            guard let result = ContactResult(name: p["result"]?.text ?? ContactResult.reached.name) else { throw LogFault("unknown contact result") }
            action = .contact(try incident(p), result, note: p["note"]?.text ?? "")
        case "hand_over": action = .handOver(try incident(p), to: try text("to", p))
        case "arrive": action = .arrive(try incident(p))
        case "resolve":
            guard let reason = CloseReason(name: try text("reason", p)) else { throw LogFault("unknown close reason") }
            action = .resolve(try incident(p), reason, note: p["note"]?.text ?? "")
        case "annotate": action = .annotate(try incident(p), note: p["note"]?.text ?? "")
        case "adopt":
            action = .adopt(Adoption(
                device: DeviceID(try text("device", p)), profile: try text("profile", p), home: HomeID(try text("home", p)),
                residents: (p["residents"]?.items ?? []).compactMap(\.text).map { ResidentID($0) }, room: p["room"]?.text ?? "", isShared: p["shared"]?.flag ?? false,
                replaces: p["replaces"]?.text.map { DeviceID($0) }))
        case "arm": action = .arm(DeviceID(try text("device", p)), seconds: Int(try whole("seconds", p)))
        case "resend":
            guard let key = DeliveryKey(try text("key", p)) else { throw LogFault("\"key\" is no delivery key") }
            action = .resend(key)
        case "shelve": action = .shelve(try incident(p), seconds: Int(try whole("seconds", p)), reason: try text("reason", p))
        case "unshelve": action = .unshelve(try incident(p))
        case "reopen": action = .reopen(try incident(p), note: p["note"]?.text ?? "")
        case "escalate": action = .escalate(try incident(p))
        case "visit": action = .visit(ResidentID(try text("resident", p)))
        case "drill":
            let name = try text("kind", p)
            guard let kind = Kind(name: name) else { throw LogFault("unknown kind \"\(name)\"") }
            action = .drill(ResidentID(try text("resident", p)), kind)
        case "mode":
            let name = p["mode"]?.text, mode = name.flatMap { HomeMode(name: $0) }
            guard (name == nil) == (mode == nil) else { throw LogFault("unknown mode \"\(name ?? "")\"") }
            action = .setMode(ModeChange(
                home: HomeID(try text("home", p)), resident: p["resident"]?.text.map { ResidentID($0) }, mode: mode, seconds: Int(try whole("seconds", p))))
        case let other: throw LogFault("unknown action \"\(other)\"")
        }
        let roleName = try text("role", p), viaName = try text("via", p)
        guard let role = Role.allCases.first(where: { $0.name == roleName }), let via = Via.allCases.first(where: { $0.name == viaName }) else {
            throw LogFault("unknown role or way")
        }
        return Command(
            id: CommandID(try text("id", p)), actor: try text("actor", p), role: role, via: via, action: action,
            expectedRevision: p["expected_revision"]?.number?.wholeNumber.flatMap { UInt32(exactly: $0) }, queue: p["queue"]?.text.map { QueueName($0) })
    }

    private static func text(_ key: String, _ p: Value) throws(LogFault) -> String {
        guard let text = p[key]?.text else { throw LogFault("\"\(key)\" is missing or no text") }
        return text
    }

    private static func whole(_ key: String, _ p: Value) throws(LogFault) -> Int64 {
        guard let number = p[key]?.number?.wholeNumber else { throw LogFault("\"\(key)\" is missing or no whole number") }
        return number
    }

    private static func incident(_ p: Value) throws(LogFault) -> IncidentID {
        guard let id = IncidentID(try text("incident", p)) else { throw LogFault("\"incident\" is no identifier") }
        return id
    }

    private static func quality(_ p: Value) throws(LogFault) -> ClockQuality {
        let name = try text("quality", p)
        guard let quality = ClockQuality.allCases.first(where: { $0.name == name }) else { throw LogFault("unknown clock quality \"\(name)\"") }
        return quality
    }
}

extension Base64 {
    /// RFC 4648 with padding.
    static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let b0 = bytes[start], b1 = start + 1 < bytes.count ? bytes[start + 1] : 0, b2 = start + 2 < bytes.count ? bytes[start + 2] : 0
            out.append(alphabet[Int(b0 >> 2)])
            out.append(alphabet[Int((b0 & 3) << 4 | b1 >> 4)])
            out.append(start + 1 < bytes.count ? alphabet[Int((b1 & 15) << 2 | b2 >> 6)] : 0x3D)
            out.append(start + 2 < bytes.count ? alphabet[Int(b2 & 63)] : 0x3D)
        }
        return String(decoding: out, as: UTF8.self)
    }
}
