import CareModel
import Foundation
import GRDB
import Testing

@testable import Ledger

/// A receiver that remembers keys swallows what comes under an old one: numbers must never be given twice.
@Suite struct EpochTests {
    private let files = FileManager.default

    private func backUp(_ from: String, _ to: String) throws {
        try? files.removeItem(atPath: to)
        try files.copyItem(atPath: from, toPath: to)
    }

    @Test("an ordinary stop and start keeps the epoch")
    func ordinaryRestart() throws {
        let scratch = Scratch()
        let first = try scratch.open()
        try first.add(3)
        try first.close()
        let second = try scratch.open()
        #expect(second.epoch == first.epoch)
        #expect(second.notes.isEmpty)
        #expect(first.notes == [.created(epoch: first.epoch)])
    }

    @Test("an older copy of the database put back gets a new epoch, so a new incident has a new number")
    func restoredDatabase() throws {
        let scratch = Scratch(), backup = Scratch()
        let ledger = try scratch.open()
        let old = IncidentID(origin: "hub1-" + ledger.epoch, number: 1)
        try ledger.add(1)
        try ledger.close()
        try backUp(scratch.path + "/vigil.sqlite", backup.path)
        let running = try scratch.open()
        #expect(running.epoch == ledger.epoch)
        try running.add(1, [revise(old, 1), enqueue(old, 1)])
        try running.close()
        // In place, as `cp` does: the same inode.
        try Data(contentsOf: URL(fileURLWithPath: backup.path)).write(to: URL(fileURLWithPath: scratch.path + "/vigil.sqlite"), options: [])
        let restored = try scratch.open()
        #expect(restored.head.position == 1)
        #expect(IncidentID(origin: "hub1-" + restored.epoch, number: 1) != old)
        #expect(restored.notes.count == 1)
        let epoch = restored.epoch
        try restored.close()
        #expect(try scratch.open().epoch == epoch)
    }

    @Test("the whole folder put back gets a new epoch")
    func restoredFolder() throws {
        let scratch = Scratch(), backup = Scratch()
        let ledger = try scratch.open()
        try ledger.add(2)
        try ledger.close()
        try backUp(scratch.path, backup.path)
        try files.removeItem(atPath: scratch.path)
        try backUp(backup.path, scratch.path)
        let restored = try scratch.open()
        #expect(restored.epoch != ledger.epoch)
        #expect(restored.head.position == 2)
    }

    @Test("a database without its epoch file gets a new epoch")
    func lostEpochFile() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        try ledger.close()
        try files.removeItem(atPath: scratch.path + "/epoch")
        #expect(try scratch.open().epoch != ledger.epoch)
    }

    @Test("a high-water mark that lags after a power cut changes nothing")
    func laggingMark() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        try ledger.add(9)
        try ledger.close()
        try Data("00000000000000000004".utf8).write(to: URL(fileURLWithPath: scratch.path + "/high-water"), options: [])
        #expect(try scratch.open().epoch == ledger.epoch)
    }
}
