import CareModel
import Foundation
import Testing

@testable import Formats
@testable import Forwarding

/// gammu-smsd with its dummy telephone, in a folder of the test's own.
private final class DummyPhone {
    let folder: String
    let daemon: pid_t

    init() throws {
        folder = NSTemporaryDirectory() + "vigil-sms-\(UUID().uuidString)"
        for part in ["phone", "inbox", "outbox", "sent", "error"] { try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true) }
        let lines = [
            "[gammu]", "model = dummy", "connection = none", "port = \(folder)/phone", "gammuloc = /dev/null", "[smsd]", "service = files", "logfile = \(folder)/log",
            "inboxpath = \(folder)/inbox/", "outboxpath = \(folder)/outbox/", "sentsmspath = \(folder)/sent/", "errorsmspath = \(folder)/error/",
            "loopsleep = 1", "commtimeout = 1", "debuglevel = 255", "checksecurity = 0", "",
        ]
        try lines.joined(separator: "\n").write(toFile: folder + "/rc", atomically: true, encoding: .utf8)
        daemon = try spawn("gammu-smsd", ["-c", folder + "/rc"], output: folder + "/out", leadsGroup: true)
    }

    deinit {
        killGroup(daemon)
        try? FileManager.default.removeItem(atPath: folder)
    }

    func configuration(_ phones: [String]) -> SMSConfiguration {
        var configuration = SMSConfiguration(outbox: folder + "/outbox", sent: folder + "/sent", failed: folder + "/error", phones: phones)
        configuration.timeoutSeconds = 30
        return configuration
    }

    /// How many messages the telephone has sent, by the daemon's log.
    var sentCount: Int { ((try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "").components(separatedBy: "SMS sent on device").count - 1 }
}

@Suite("Short messages", .serialized, .timeLimit(.minutes(2)))
struct SMSTests {
    private func sms(_ number: UInt64, _ phase: Phase = .start, origin: Origin = .live) -> Parcel {
        let at = WallTime(microseconds: 1_795_000_000_000_000)
        let id = IncidentID(origin: "hub-e1", number: number)
        let incident = Incident(
            id: id, revision: 1, phase: phase, kind: "safety.fall", priority: .high, category: .safety, state: phase == .end ? .resolved : .open,
            subject: Subject(home: HomeID("h1"), residents: [ResidentID("r1")]), station: "海棠", address: "海棠路3号", residentName: "王秀兰", observedAt: nil,
            receivedAt: at, detectedAt: at, openedAt: at, rule: "fall", text: LocalizedText(zhCN: "王秀兰跌倒", en: "Wang Xiulan fell"), evidence: [], origin: origin, isLate: false)
        let key = DeliveryKey(incident: id, revision: 1, queue: QueueName("phones"))
        return Parcel(key: key, priority: .high, cursor: number, body: IncidentJSON.appending(committedAt: at, key: key, cursor: number, to: IncidentJSON.masked(incident)))
    }

    @Test("a telephone gets one message in both languages without a name, and it counts once the modem has sent it")
    func sends() async throws {
        let phone = try DummyPhone()
        let channel = SMSChannel(phone.configuration(["+8613800000011", "+8613800000012"]))
        let one = sms(42)
        #expect(await channel.send([one, sms(43, .update)]) == [one.key: .confirmed, sms(43, .update).key: .confirmed])
        #expect(await eventually { phone.sentCount == 2 }, "two telephones, and none for what asks nobody")
        for part in ["outbox", "sent", "error"] { #expect(try FileManager.default.contentsOfDirectory(atPath: phone.folder + "/" + part) == [], "nothing stays") }
    }

    @Test("without the daemon a message waits, the next try finds it instead of a second one, and a message that failed goes again")
    func waits() async throws {
        let phone = try DummyPhone()
        killGroup(phone.daemon)
        var configuration = phone.configuration(["+8613800000011"])
        configuration.timeoutSeconds = 1
        let channel = SMSChannel(configuration), one = sms(7)
        func files(_ part: String) -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: phone.folder + "/" + part)) ?? []).sorted() }
        for _ in 0..<2 {
            guard case .delayed(let why)? = await channel.send([one])[one.key] else { Issue.record("sent by nobody"); return }
            #expect(why.hasPrefix("sms.waiting") && files("outbox").count == 1)
        }
        let name = try #require(files("outbox").first)
        #expect(name == "OUTA20261118_110640_00_+8613800000011_hub-e1-000007-1-phones.txt", "\(name)")
        let bytes = try #require(FileManager.default.contents(atPath: phone.folder + "/outbox/" + name))
        #expect(String(data: bytes, encoding: .utf16) == "紧急求助，请立即处理 Act now: emergency call hub-e1:000007")
        try FileManager.default.moveItem(atPath: phone.folder + "/outbox/" + name, toPath: phone.folder + "/error/" + name)
        guard case .delayed(let failed)? = await channel.send([one])[one.key] else { Issue.record("sent by nobody"); return }
        #expect(failed.hasPrefix("sms.waiting") && files("outbox") == [name] && files("error") == [])
        configuration.outbox = phone.folder + "/nowhere"
        let lost = await SMSChannel(configuration).send([one])
        guard case .delayed(let spool)? = lost[one.key] else { Issue.record("\(lost)"); return }
        #expect(spool.hasPrefix("sms.spool"))
        #expect(await channel.send([Parcel(key: one.key, priority: .high, cursor: 1, body: [])])[one.key] == .deadLettered("format.sms: the stored revision can't be read"))
    }

    @Test("a message fits into one, whatever its number; a drill says so; only what asks for somebody is sent")
    func texts() throws {
        func document(_ parcel: Parcel) throws -> IncidentDocument {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(IncidentDocument.self, from: Data(parcel.body))
        }
        for phase in Phase.allCases {
            let text = SMSChannel.text(try document(sms(1, phase)))
            #expect((text != nil) == [.start, .escalate, .end].contains(phase), "\(phase)")
            #expect((text ?? "").utf16.count <= 70 && !(text ?? "").contains("王秀兰"))
        }
        #expect(SMSChannel.text(try document(sms(1, origin: .drill)))?.hasPrefix("【演练】") == true)
        let long = SMSChannel.text(try document(sms(.max))) ?? ""
        #expect(long.utf16.count <= 70 && long.hasSuffix(" hub-e1:18446744073709551615"))
    }

    @Test("a telephone is written as +, country and number", arguments: [
        ("+8613800000011", true), ("+12345678", true), ("+123456789012345", true), ("+1234567", false), ("+1234567890123456", false), ("13800000011", false), ("+86 138", false), ("", false), ("+８６１３８０００００", false),
    ])
    func phones(text: String, isOne: Bool) { #expect(SMSConfiguration.isPhone(text) == isOne) }
}
