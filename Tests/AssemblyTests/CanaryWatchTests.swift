import CareModel
import Foundation
import Testing

@testable import Assembly

@Suite("What the hub watches of itself")
struct CanaryWatchTests {
    private static func second(_ n: Int) -> Instant { Instant(microseconds: Int64(n) * 1_000_000) }

    @Test("one leaves an interval after the session stands, then at each interval; it is missed after two and a half, and not while there is no session")
    func canary() {
        var watch = CanaryWatch(everySeconds: 60)
        #expect(watch.message.payload == Array("60".utf8))
        func look(_ second: Int, heard: Int? = nil, isConnected: Bool = true) -> Bool {
            watch.look(isConnected: isConnected, heardAt: heard.map(Self.second), at: Self.second(second))
        }
        #expect(!look(0) && !look(59) && look(60) && !look(61, heard: 60) && look(120, heard: 60) && !watch.isMissed)
        _ = look(210, heard: 60)
        #expect(!watch.isMissed)
        _ = look(211, heard: 60)
        #expect(watch.isMissed)
        _ = look(212, heard: 211)
        #expect(!watch.isMissed)
        #expect(!look(1_000, heard: 211, isConnected: false) && !watch.isMissed)
        // Counted anew from the session, whatever was heard before.
        #expect(!look(1_001, heard: 211) && !look(1_060, heard: 211) && look(1_061, heard: 211) && !watch.isMissed)
        _ = look(1_152, heard: 211)
        #expect(watch.isMissed)
    }

    @Test("the box's supplies are read as the kernel shows them", arguments: [
        ([:], nil),
        (["AC": ["type": "Mains", "online": "1"]], .mains), (["AC": ["type": "Mains", "online": "0"]], .battery),
        (["UPS1": ["type": "UPS", "status": "Discharging"]], .battery), (["UPS1": ["type": "UPS", "status": "Full"]], .mains),
        (["AC": ["type": "Mains", "online": "1"], "BAT0": ["type": "Battery", "status": "Discharging"]], .battery),
        (["AC": ["type": "Mains", "online": "1"], "mouse": ["type": "Battery", "scope": "Device", "status": "Discharging"]], .mains),
        (["odd": ["type": "Wireless"]], nil),
    ] as [([String: [String: String]], Heartbeats.PowerName?)])
    func power(supplies: [String: [String: String]], expected: Heartbeats.PowerName?) throws {
        let folder = NSTemporaryDirectory() + "vigil-power-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, values) in supplies {
            try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
            for (key, value) in values { try (value + "\n").write(toFile: folder + "/" + name + "/" + key, atomically: true, encoding: .utf8) }
        }
        #expect(Heartbeats.power(folder) == expected)
    }

    @Test("the age of a backup is that of its mark; without one nobody knows")
    func backup() throws {
        let folder = NSTemporaryDirectory() + "vigil-backup-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let now = WallTime(microseconds: 1_795_000_000_000_000)
        #expect(Heartbeats.backupAge(folder, now: now) == nil)
        let mark = folder + "/" + Heartbeats.backupMark
        try Data().write(to: URL(fileURLWithPath: mark))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1_794_999_000)], ofItemAtPath: mark)
        #expect(Heartbeats.backupAge(folder, now: now) == 1_000)
    }
}
