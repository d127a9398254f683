import Assembly
import Foundation
import Testing

@Suite("From captured messages to a profile")
struct ScaffoldTests {
    private static let vitals = Workbench.capture((0..<6).map { ("belts/BT-00417/vitals", #"{"heart_rate":\#(70 + $0),"sos":\#($0 == 2)}"#) })

    @Test("a proposed line that a person makes active is shown by the test, accepted, and then agrees")
    func confirm() throws {
        let bench = try Workbench()
        try bench.new("acme-b7", ScaffoldTests.vitals)
        try bench.uncomment("acme-b7", "kind: safety.sos")
        let before = try bench.test("acme-b7")
        #expect(!before.isPassed)
        #expect(before.lines.contains { $0.contains("came") && $0.contains("safety.sos = pressed") && $0.contains("profile.yaml:") }, "\(before.lines)")
        #expect(before.lines.contains { $0.contains("differs") })
        _ = try bench.test("acme-b7", accepts: true)
        let after = try bench.test("acme-b7")
        #expect(after.isPassed, "\(after.lines.joined(separator: "\n"))")
        #expect(try bench.text("acme-b7/samples/good.jsonl").contains(#""kind":"safety.sos","value":"pressed""#))
    }

    @Test("taking one sample of a safety kind away fails the test, and says which value lacks one")
    func missingSample() throws {
        let bench = try Workbench()
        try bench.new("acme-b7", ScaffoldTests.vitals)
        try bench.uncomment("acme-b7", "kind: safety.sos")
        _ = try bench.test("acme-b7", accepts: true)
        let lines = try bench.text("acme-b7/samples/good.jsonl").split(separator: "\n").filter { !$0.contains(#""value":"pressed""#) }
        try bench.write("acme-b7/samples/good.jsonl", lines.joined(separator: "\n") + "\n")
        let test = try bench.test("acme-b7")
        #expect(!test.isPassed)
        #expect(test.lines.contains { $0.contains("missing") && $0.contains("safety.sos = pressed") && $0.contains("profile.yaml:") }, "\(test.lines)")
    }

    @Test("a folder without samples or SOURCE.md is not whole; a faulty profile names line and fault; a stranger is no profile")
    func incomplete() throws {
        let bench = try Workbench()
        try bench.new("acme-b7", ScaffoldTests.vitals)
        try FileManager.default.removeItem(atPath: bench.folder + "/devices/acme-b7/SOURCE.md")
        try FileManager.default.removeItem(atPath: bench.folder + "/devices/acme-b7/samples/bad.jsonl")
        let test = try bench.test("acme-b7")
        #expect(!test.isPassed)
        #expect(test.lines.count(where: { $0.hasPrefix("  missing") }) == 2, "\(test.lines)")
        try bench.write("acme-b7/profile.yaml", try bench.text("acme-b7/profile.yaml").replacingOccurrences(of: "kind: vital.heart_rate", with: "kind: vital.heart"))
        let faulty = try bench.test("acme-b7")
        #expect(!faulty.isPassed)
        #expect(faulty.lines.contains { $0.contains("profile.yaml:") && $0.contains("profile.unknown_kind") }, "\(faulty.lines)")
        #expect(throws: (any Error).self) { try bench.test("nobody-knows") }
    }

    @Test("the shipped profiles pass by name")
    func shipped() throws {
        let test = try DeviceTest(["tuya-ts0215a", "kati-4g-watch", "milesight-ws101", "qube-vital"], accepts: false, configurationPath: Workbench.root + "/config")
        #expect(test.isPassed, "\(test.lines.filter { !$0.hasPrefix("    as expected") }.joined(separator: "\n"))")
    }

    @Test("messages that an existing profile reads are told, and nothing is written unless it is asked for")
    func known() throws {
        let bench = try Workbench(hasCatalogue: true)
        let capture = Workbench.capture((0..<3).map { ("iMEDE_watch/VitalSign", #"{"IMEI":"861234567890123","heartRate":\#(70 + $0),"spO2":97,"battery":66,"timeStamps":"22/11/2026 16:0\#($0):00"}"#) })
        let scaffold = try bench.new("acme-b7", capture, isForced: false)
        #expect(!scaffold.isWritten)
        #expect(scaffold.report.contains { $0.contains("kati-4g-watch") }, "\(scaffold.report)")
        #expect(!FileManager.default.fileExists(atPath: bench.folder + "/devices/acme-b7"))
        #expect(try bench.new("acme-b7", capture).isWritten)
    }

    @Test("people in payloads are pointed at and proposed as tokens, and stand in no sample; device names and places neither")
    func people() throws {
        let bench = try Workbench()
        let capture = Workbench.capture((0..<3).map { i in
            ("cuff/SN-440917\(i)/bp", #"{"systolic":13\#(i),"wearer":{"idCard":"11010519491231002X","mail":"zhang.san@example.org","phone":"13912345678","patientName":"张三"},"lat":36.112233,"lon":120.445566}"#)
        })
        let scaffold = try bench.new("acme-cuff", capture)
        let yaml = try bench.text("acme-cuff/profile.yaml"), samples = try bench.text("acme-cuff/samples/good.jsonl") + bench.text("acme-cuff/samples/bad.jsonl")
        #expect(yaml.contains("identifying: [wearer.idCard, wearer.mail, wearer.phone, wearer.patientName]"), "\(yaml)")
        #expect(yaml.contains("# subject: \"{wearer.idCard}\""))
        for secret in ["11010519491231002X", "zhang.san", "13912345678", "张三", "440917", "112233", "445566"] {
            #expect(!samples.contains(secret), "\(secret)\n\(samples)")
            #expect(!yaml.contains(secret), "\(secret)\n\(yaml)")
        }
        #expect(scaffold.report.contains { $0.contains("national identity number") }, "\(scaffold.report)")
        #expect(try bench.test("acme-cuff").isPassed)
    }

    @Test("every form of capture is read, and a bad line is told with its number")
    func captures() throws {
        let payload = #"{\"humidity\":41}"#
        let forms = [
            #"{"tst":"2026-11-22T08:00:00.000000Z+0000","topic":"kit/KX-301/env","qos":0,"retain":0,"payloadlen":15,"payload":"\#(payload)"}"#,
            #"{"tst":"2026-11-22T08:00:00.000000Z+0000","topic":"kit/KX-301/env","qos":0,"retain":0,"payloadlen":15,"payload":{"humidity":41}}"#,
            #"{"topic":"kit/KX-301/env","payload":"\#(payload)"}"#, #"{"topic":"kit/KX-301/env","payload":{"humidity":41}}"#,
            #"{"topic":"kit/KX-301/env","payload_base64":"eyJodW1pZGl0eSI6NDF9"}"#, #"{"topic":"kit/KX-301/env","payload_hex":"7b2268756d6964697479223a34317d"}"#,
            #"kit/KX-301/env {"humidity":41}"#,
            #"{"quarantine":[{"topic":"kit/KX-301/env","payload":"\#(payload)","received_at":"2026-11-22T08:00:00.000000Z"}]}"#,
        ]
        for form in forms {
            let bench = try Workbench()
            let scaffold = try bench.new("acme-kit", "nonsense\n" + form + "\n")
            #expect(scaffold.isWritten, "\(form): \(scaffold.report)")
            #expect(scaffold.report.contains { $0.hasPrefix("line 1 was passed over") })
            #expect(try bench.text("acme-kit/profile.yaml").contains("{kind: env.humidity, path: humidity}"), "\(form)")
        }
    }

    @Test("an existing folder, an empty capture and a filter that takes nothing are refused, and leave nothing behind")
    func refusals() throws {
        let bench = try Workbench()
        #expect(throws: (any Error).self) { try bench.new("acme-b7", "\n") }
        #expect(throws: (any Error).self) { try bench.new("acme-b7", ScaffoldTests.vitals, topic: "other/#") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder + "/devices").isEmpty)
        #expect(try bench.new("acme-b7", ScaffoldTests.vitals, topic: "belts/+/vitals").isWritten)
        #expect(throws: (any Error).self) { try bench.new("acme-b7", ScaffoldTests.vitals) }
    }
}
