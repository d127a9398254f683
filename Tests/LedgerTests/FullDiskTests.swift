import CareModel
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct FullDiskTests {
    @Test("a file at its largest size stores nothing of a turn, keeps what it has, and takes up again when there is room")
    func largestSize() throws {
        let scratch = Scratch()
        var ledger = try scratch.open(LedgerOptions(ballastBytes: 0, pageCountMax: 160))
        let payload = [UInt8](repeating: 66, count: 20_000)
        var stored: UInt64 = 0
        let failure = #expect(throws: LedgerFailure.self) {
            for _ in 0..<200 {
                try ledger.add(2, payload: payload)
                stored = ledger.head.position
            }
        }
        #expect(failure?.kind == .diskFull)
        #expect(failure?.mayRetry == true)
        #expect(ledger.space == .full)
        #expect(stored > 4 && ledger.head.position == stored)
        let probe = #expect(throws: LedgerFailure.self) {
            // Fills what little is left until the probe has no room either.
            for _ in 0..<100 {
                try ledger.probe()
                try ledger.add(1, payload: [UInt8](repeating: 67, count: 3_000))
            }
        }
        #expect(probe?.kind == .diskFull)
        let position = ledger.head.position
        try ledger.close()
        ledger = try scratch.open()
        #expect(ledger.notes.isEmpty)
        #expect(ledger.head.position == position)
        #expect(try ledger.reader.records().all().count == Int(position))
        try ledger.probe()
        try ledger.add(1, [revise(incident(1), 1), enqueue(incident(1), 1)])
        #expect(try ledger.reader.deliveries(queue: QueueName("station"), limit: 9).deliveries.count == 1)
    }

    @Test("on a full disk old journal rows make room for an SOS by themselves")
    func oldRowsMakeRoom() throws {
        let scratch = Scratch()
        let ledger = try scratch.open(LedgerOptions(ballastBytes: 0, pageCountMax: 160))
        let payload = [UInt8](repeating: 66, count: 8_000)
        for _ in 0..<10 { try ledger.add(3, payload: payload) }
        try ledger.add(1, checkpoint: true)
        for _ in 0..<200 { try ledger.add(1, payload: payload, checkpoint: true) }
        try ledger.add(1, [revise(incident(1), 1)])
        #expect(ledger.head.position == 232)
        #expect(try ledger.reader.records(after: try #require(try ledger.recover().checkpoints.last).position).all().last?.position == 232)
    }

    @Test("a real full disk: nothing half-written, the ballast lets the next turn in, and a probe says when there is room")
    func tmpfs() throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
        guard geteuid() == 0, try Self.run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", scratch.path) == 0 else { return }
        defer { _ = try? Self.run("umount", "-l", scratch.path) }
        let ledger = try scratch.open(LedgerOptions(ballastBytes: 256 * 1_024))
        #expect(FileManager.default.fileExists(atPath: scratch.path + "/ballast"))
        try ledger.add(10)
        let fill = scratch.path + "/fill"
        _ = try Self.run("dd", "if=/dev/zero", "of=" + fill, "bs=4k", "status=none")
        let payload = [UInt8](repeating: 66, count: 30_000)
        var isReleased = false
        let failure = #expect(throws: LedgerFailure.self) {
            for _ in 0..<200 {
                try ledger.add(1, payload: payload)
                if ledger.space == .ballastReleased { isReleased = true }
            }
        }
        #expect(failure?.kind == .diskFull)
        #expect(isReleased)
        #expect(ledger.space == .full)
        let position = ledger.head.position
        #expect(try ledger.reader.records().all().count == Int(position))
        #expect(throws: LedgerFailure.self) { try ledger.probe(); try ledger.add(20, payload: payload) }
        try FileManager.default.removeItem(atPath: fill)
        try ledger.probe()
        #expect(ledger.space == .ballastReleased)
        try ledger.add(1, [revise(incident(1), 1), enqueue(incident(1), 1)])
        #expect(ledger.head.position == position + 1)
        _ = try ledger.tend(wall: Scratch.wall)
        #expect(ledger.space == .enough)
        try ledger.close()
        let again = try scratch.open(LedgerOptions(ballastBytes: 0))
        #expect(again.notes.isEmpty)
        #expect(again.head.position == position + 1)
        try again.close()
    }

    private static func run(_ command: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
