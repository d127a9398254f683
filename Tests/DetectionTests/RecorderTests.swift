import CareModel
import Detection
import Testing

@Suite("Verdict recorder")
struct RecorderTests {
    @Test("it says of each rule what it saw last and why it stayed silent, and it changes nothing")
    func why() throws {
        let low = rule("spo2-low", "form: limit\n    kind: vital.spo2\n    low: 91\n    clear: 94\n    persistence_s: 30", priority: "medium")
        var plain = try World(low), watched = plain
        watched.detection.recorder = VerdictRecorder()
        for (second, value) in [(0.0, Int64(970)), (15, 900), (30, 900)] {
            #expect(plain.see(.spo2, .number(scaled: value), second) == watched.see(.spo2, .number(scaled: value), second))
        }
        let entry = try #require(watched.detection.recorder?.about(ResidentID("r1"), home: HomeID("h1")).first)
        #expect(entry.rule == "spo2-low" && entry.value == .number(scaled: 900) && entry.asked == 3 && entry.spoke == nil)
        #expect(entry.verdict == .quiet(.belowPersistence))
        #expect(entry.why(.zhCN) == "超限时间还不够长" && entry.why(.en) == "it has not been outside the limit for long enough")
        _ = watched.see(.spo2, .number(scaled: 900), 45)
        _ = watched.see(.spo2, .number(scaled: 900), 60)
        #expect(watched.detection.recorder?.all.first?.spokeAt == World.at(45))
        var bytes = ByteWriter(), same = ByteWriter()
        _ = plain.see(.spo2, .number(scaled: 900), 45)
        _ = plain.see(.spo2, .number(scaled: 900), 60)
        plain.detection.write(to: &bytes)
        watched.detection.write(to: &same)
        #expect(bytes.bytes == same.bytes)
        #expect(watched.detection.recorder?.about(ResidentID("r2"), home: HomeID("h2")) == [])
    }
}
