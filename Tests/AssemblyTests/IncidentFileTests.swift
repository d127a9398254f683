import CareModel
import Foundation
import Testing

@testable import Assembly
@testable import Ledger

/// The file of an incident for an inspection.
@Suite("An incident's file")
struct IncidentFileTests {
    private static let id = IncidentID(origin: "hub1-abc", number: 42)

    private static func revision(_ number: Int, _ more: String = "") -> [UInt8] {
        Array("""
            {"annotations":[{"actor":"李敏","at":"2026-11-21T00:00:00.000000Z","note":"<b>A & \\"B\\"</b>","what":"acknowledged"}],"evidence":[],"id":"hub1-abc:000042","kind":"safety.sos","phase":"update",\
            "revision":\(number),"state":"open","text":{"en":"help","zh-CN":"请帮忙"}\(more)}
            """.utf8)
    }

    private static func file(_ numbers: ClosedRange<Int> = 1...3) -> IncidentFile { IncidentFile(id: id, revisions: numbers.map { revision($0) }, isMasked: false) }

    @Test("a file that was not touched holds and is the same each time; whoever changes, takes out, adds or moves a revision is named")
    func chain() throws {
        let file = Self.file(), text = String(decoding: file.json, as: UTF8.self)
        let verified = try IncidentFile.verify(file.json)
        #expect(verified == .init(id: "hub1-abc:000042", head: file.digests[2], revisions: 3, isWhole: true) && Set(file.digests).count == 3)
        #expect(Self.file().json == file.json)
        // By another program's digest: of nothing, a line feed, and the first revision.
        #expect(file.digests[0] == FrozenReports.digest([10] + Self.revision(1)))
        #expect(file.digests[1] == FrozenReports.digest(Array((file.digests[0] + "\n").utf8) + Self.revision(2)))
        func fails(_ changed: String) -> Bool { (try? IncidentFile.verify(Array(changed.utf8))) == nil }
        #expect(fails(text.replacingOccurrences(of: "help", with: "held")) && fails(text.replacingOccurrences(of: file.digests[2], with: file.digests[1])))
        struct Stored: Codable {
            struct Revision: Codable { var digest: String, document: String }
            var form: String, head: String, id: String, masked: Bool, origin: String
            var revisions: [Revision]
        }
        let stored = try JSONDecoder().decode(Stored.self, from: Data(file.json))
        func changed(_ change: (inout Stored) -> Void) throws -> String {
            var copy = stored
            change(&copy)
            return String(decoding: try JSONEncoder().encode(copy), as: UTF8.self)
        }
        // Written anew by other tools, it is still the same file.
        #expect(try !fails(changed { _ in }))
        #expect(try fails(changed { $0.revisions.remove(at: 1) }) && fails(changed { $0.revisions.removeLast() }) && fails(changed { $0.revisions.swapAt(0, 1) }))
        #expect(try fails(changed { $0.revisions.append($0.revisions[2]) }) && fails(changed { $0.revisions[1].document += " " }) && fails(changed { $0.revisions = [] }))
        #expect(try fails(changed { $0.head = "0" }) && fails(changed { $0.id = "hub1-abc:000043" }) && fails(changed { $0.form = "other" }))
        for text in ["", "{}", "[]", "null", "{\"form\":\"vigil-incident-file-1\"}"] { #expect(fails(text)) }
    }

    @Test("what retention took is not hidden: a file that begins later says so")
    func later() throws {
        #expect(try !IncidentFile.verify(Self.file(5...7).json).isWhole)
        #expect(try IncidentFile.verify(Self.file(5...7).json).description.contains("missing"))
    }

    @Test("the page for people has the history and every digest, and what people wrote is text in it")
    func page() {
        let file = Self.file(), page = String(decoding: file.html, as: UTF8.self)
        for digest in file.digests { #expect(page.contains(digest)) }
        #expect(page.contains("&lt;b&gt;A &amp; &quot;B&quot;&lt;/b&gt;") && !page.contains("<b>A") && page.contains("李敏") && page.contains("请帮忙") && !page.contains("<script"))
    }

    @Test("the file of a stored incident is made from the ledger, by its command, and holds")
    func stored() async throws {
        let folder = NSTemporaryDirectory() + "vigil-file-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var day = try LedgerDay(seed: 7, folder: folder)
        try day.play(until: 7_200)
        let some = try day.vault.reader.incidentList(in: IncidentState.allCases, limit: 500).revisions.max { $0.revision.revision < $1.revision.revision }
        let id = try #require(some?.revision.incident), count = try day.vault.reader.history(of: id).count
        day.vault.close()
        let commands = IncidentFileCommands(configurationPath: folder + "/config", environment: ["VIGIL_DATA_DIR": folder + "/data"])
        let written = try await commands.write(id, to: folder + "/out")
        #expect(written.revisions == count && count > 1 && written.isWhole && written.id == id.description)
        let name = folder + "/out/" + id.description.replacingOccurrences(of: ":", with: "-")
        #expect(try IncidentFileCommands.verify(name + ".json") == written && FileManager.default.contents(atPath: name + ".html") != nil)
        await #expect(throws: Gateway.StartFailure.self) { try await commands.write(IncidentID(origin: id.origin, number: 999_999), to: folder + "/out") }
    }
}
