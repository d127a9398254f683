import CareModel
import Formats
import Foundation
import Testing

@testable import Forwarding

@Suite("What receivers read", .timeLimit(.minutes(2)))
struct FormatTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    /// Where scripts/setup puts the readers; without PyPI there are none, and it says so.
    static let python = root + "/.build/formats-venv/bin/python"

    static let wall = WallTime(microseconds: 1_795_310_218_653_628)

    static func incident(_ change: (inout Incident) -> Void = { _ in }) -> Incident {
        var one = Incident(
            id: IncidentID(origin: "hub-e1", number: 42), revision: 3, phase: .escalate, kind: "vital.spo2.low", priority: .high, category: .medical,
            state: .acknowledged, subject: Subject(home: HomeID("h1"), residents: [ResidentID("r1")], room: "bedroom"), station: "Xinan",
            address: "12 <Lane> & \"Nowhere\"", residentName: "王 & Anna", observedAt: wall, receivedAt: wall, detectedAt: wall + .seconds(1),
            openedAt: wall + .seconds(1), rule: "spo2-low", text: LocalizedText(zhCN: "血氧 85.5%，请立即致电 <现在> & 报告", en: "Call now: SpO2 85.5 % <now> & \"report\""),
            evidence: [
                EvidenceItem(device: DeviceID("imei:1"), kind: .spo2, value: .number(scaled: 855), observedAt: nil, receivedAt: wall, quality: [.clockFault, .jump], sequence: 7, limit: 900),
                EvidenceItem(device: DeviceID("ieee:2"), kind: .fall, value: .code("suspected"), observedAt: wall, receivedAt: wall, quality: [], sequence: nil),
                EvidenceItem(device: DeviceID("ieee:3"), kind: .smoke, value: .flag(true), observedAt: wall, receivedAt: wall, quality: [], sequence: nil),
            ],
            annotations: [], tier: 1, owner: "nurse-li", deadlines: [Deadline(kind: "take", due: wall + .seconds(60))], origin: .live, isLate: false)
        change(&one)
        return one
    }

    /// Every state, priority, category and origin, with and without a resident, a home, evidence, a deadline; each full and masked.
    static var samples: [[UInt8]] {
        var incidents: [Incident] = []
        for state in IncidentState.allCases {
            for (index, category) in CareModel.Category.allCases.enumerated() {
                incidents.append(incident {
                    ($0.state, $0.category, $0.priority) = (state, category, Priority.allCases[index % Priority.allCases.count])
                    $0.revision = UInt32(index + 1)
                    $0.phase = state == .resolved ? .end : index == 0 ? .start : .update
                    $0.closeReason = state == .resolved ? .accidental : nil
                    if index % 2 == 1 { ($0.subject, $0.deadlines, $0.owner, $0.observedAt) = (Subject(home: nil, residents: [ResidentID("a"), ResidentID("b")]), [], nil, nil) }
                    if index % 3 == 2 { ($0.subject, $0.evidence, $0.address, $0.station, $0.kind) = (Subject(home: HomeID("h")), [], "", "", "device.silent") }
                    if index == 4 { $0.origin = .drill }
                })
            }
        }
        for kind in Kind.allCases {
            incidents.append(incident { $0.evidence = [EvidenceItem(device: DeviceID("ieee:9"), kind: kind, value: .number(scaled: -1_234_567), observedAt: wall, receivedAt: wall, quality: [], sequence: nil)] })
        }
        incidents.append(incident { $0.text = LocalizedText(zhCN: "甲\u{7}乙\u{FFFE}", en: "a\u{0}b\nc") })
        return incidents.flatMap { one in
            [IncidentJSON.delivery(one), IncidentJSON.masked(one)].map {
                IncidentJSON.appending(committedAt: wall + .seconds(2), key: DeliveryKey(incident: one.id, revision: one.revision, queue: QueueName("station")), cursor: 9, to: $0)
            }
        }
    }

    @Test("FHIR R4 is read by fhir.resources, CAP by capparser, JSON validates against the schema: by programs that are not ours", .enabled(if: FileManager.default.fileExists(atPath: FormatTests.python), "no readers: scripts/setup build test installs them from PyPI"))
    func independentReaders() async throws {
        let folder = NSTemporaryDirectory() + "vigil-formats-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let samples = FormatTests.samples.filter { !String(decoding: $0, as: UTF8.self).contains("\\u0000") }
        for (index, json) in samples.enumerated() {
            for (format, name) in [(IncidentFormat.json, "json"), (.fhir, "fhir.json"), (.cap, "cap.xml")] {
                try Data(FormattedChannel.render(json, format)).write(to: URL(fileURLWithPath: "\(folder)/\(index).\(name)"))
            }
        }
        let output = folder + "/output"
        let status = try await runProgram(
            FormatTests.python, [FormatTests.root + "/scripts/read-formats.py", folder, FormatTests.root + "/docs/schemas/incident.schema.json"], output: output, seconds: 90)
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        #expect(status == 0 && text.contains("json=\(samples.count) fhir=\(samples.count)") && text.contains("cap=\(samples.count)"), "\(text.prefix(3_000))")
    }

    @Test("a masked incident shows no name, address or value in any format, and a document is the same each time", arguments: IncidentFormat.allCases)
    func masking(format: IncidentFormat) throws {
        let key = DeliveryKey(incident: FormatTests.incident().id, revision: 3, queue: QueueName("district"))
        let json = IncidentJSON.appending(committedAt: FormatTests.wall, key: key, cursor: 1, to: IncidentJSON.masked(FormatTests.incident()))
        let text = String(decoding: try FormattedChannel.render(json, format), as: UTF8.self)
        for secret in ["Anna", "Nowhere", "nurse-li", "85.5", "bedroom"] { #expect(!text.contains(secret), "\(secret)") }
        #expect(text.contains("hub-e1:000042"))
        #expect(try FormattedChannel.render(json, format) == Array(text.utf8))
        let full = String(decoding: try FormattedChannel.render(IncidentJSON.delivery(FormatTests.incident()), format), as: UTF8.self)
        #expect(full.contains("85.5"))
    }

    @Test("what can't be turned into the queue's format goes to the dead letter at once, and nothing else waits for it")
    func unreadable() async {
        let channel = ScriptedChannel { _, _ in .confirmed }
        let bad = parcel(1, body: "{\"id\":1}"), good = Parcel(key: parcel(2).key, priority: .high, cursor: 2, body: IncidentJSON.delivery(FormatTests.incident()))
        let outcomes = await FormattedChannel(channel, .cap).send([bad, good])
        #expect(outcomes[good.key] == .confirmed && channel.keys == [good.key])
        guard case .deadLettered(let why)? = outcomes[bad.key] else { Issue.record("\(outcomes)"); return }
        #expect(why.hasPrefix("format.cap:"))
    }
}
