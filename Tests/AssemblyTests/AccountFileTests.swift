import CareModel
import Capture
import Foundation
import Logging
import MQTTSession
import Serving
import Synchronization
import Testing
@testable import Assembly

@Suite struct AccountFileTests {
    /// A folder of the test's own that goes with it.
    static func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "vigil-accounts-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    static let every = [
        Account(name: "王芳", role: .caregiver, rights: Rights(stations: ["东山"], homes: [HomeID("h1")]), password: "scrypt$…", pin: "scrypt$…", generation: 3),
        Account(name: "李家", role: .family, rights: Rights(residents: [ResidentID("r1")]), link: .init(digest: [1, 2, 255], expiresAt: 1_700_000_000)),
        Account(name: "hall", role: .inspector, rights: .everything, wallToken: [9], isDisabled: true),
    ]

    @Test("what is kept is read back whole, by another process too, and nobody but the hub's user can read the file")
    func round() async throws {
        try await Self.inFolder { folder in
            let file = AccountFile(folder)
            #expect(try file.load() == [] && file.setAsideDamaged() == nil)
            _ = try file.change { $0 = Self.every }
            #expect(try AccountFile(folder).load() == Self.every)
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/accounts.json")[.posixPermissions] as? Int
            #expect(mode == 0o600)
            struct Refused: Error {}
            #expect(throws: Refused.self) { try file.change { $0 = []; throw Refused() } }
            #expect(try file.load() == Self.every)
        }
    }

    @Test("changes at one time from several threads are all kept")
    func together() async throws {
        try await Self.inFolder { folder in
            await withTaskGroup(of: Void.self) { group in
                for n in 0..<20 {
                    group.addTask { _ = try? AccountFile(folder).change { $0.append(Account(name: "n\(n)", role: .inspector, rights: .everything)) } }
                }
            }
            let kept = Set(try AccountFile(folder).load().map(\.name))
            #expect(kept == Set((0..<20).map { "n\($0)" }))
        }
    }

    @Test("a file that can't be read is put aside, so that the hub starts")
    func damaged() async throws {
        try await Self.inFolder { folder in
            try Data("{\"version\":1,\"acc".utf8).write(to: URL(fileURLWithPath: folder + "/accounts.json"))
            let note = try #require(AccountFile(folder).setAsideDamaged())
            #expect(note.contains("accounts.json.damaged") && FileManager.default.fileExists(atPath: folder + "/accounts.json.damaged"))
            #expect(try AccountFile(folder).load() == [])
        }
    }

    @Test("a hash is its secret's alone, says its cost, and never the same twice; a damaged one matches nothing")
    func hashes() async throws {
        let secrets = Secrets()
        let first = try await secrets.hash("一个很长的密码 123"), second = try await secrets.hash("一个很长的密码 123")
        #expect(first.hasPrefix("scrypt$15$8$3$") && first != second)
        #expect(try await secrets.matches("一个很长的密码 123", first))
        #expect(try await !secrets.matches("一个很长的密码 124", first))
        for damaged in ["", "scrypt", "scrypt$15$8$3$$", "scrypt$99$8$3$00$00", "plain$15$8$3$00$00", first + "$", String(first.dropLast(2))] {
            #expect(try await !secrets.matches("一个很长的密码 123", damaged), "\(damaged)")
        }
        let codes = Set((0..<100).map { _ in secrets.freshCode() })
        #expect(codes.count == 100 && codes.allSatisfy { $0.utf8.count == 32 })
    }

    @Test("scrypt gives what RFC 7914 states")
    func vector() async throws {
        // Section 12: "pleaseletmein", "SodiumChloride", N = 2^14, r = 8, p = 1; the first 32 of its bytes.
        let hash = "scrypt$14$8$1$536f6469756d43686c6f72696465$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        #expect(try await Secrets().matches("pleaseletmein", hash))
        // A stored key that is another one in a single bit, wherever that is, is another key.
        for changed in [hash.replacingOccurrences(of: "$7023", with: "$6023"), hash.replacingOccurrences(of: "904f8e", with: "904f8f"), String(hash.dropLast()) + "3"] {
            #expect(try await !Secrets().matches("pleaseletmein", changed), "\(changed)")
        }
    }

    @Test("two keys are equal in every bit or not at all")
    func comparing() {
        let key = (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        #expect(Secrets.areEqual(key, key) && Secrets.areEqual([], []) && !Secrets.areEqual(key, key.dropLast()) && !Secrets.areEqual([], key))
        for index in key.indices {
            for bit in 0..<8 {
                var other = key
                other[index] ^= 1 << bit
                #expect(!Secrets.areEqual(key, other) && !Secrets.areEqual(other, key), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("one who signs in past the last place is told to come again")
    func crowd() async throws {
        let secrets = Secrets()
        let busy = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<(Secrets.waitingMax + 4) {
                group.addTask { do { _ = try await secrets.hash("x"); return false } catch { return error is SecretsBusy } }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(busy >= 1 && busy <= 4)
        _ = try await secrets.hash("x")
    }

    @Test("a link is drawn as a QR code where qrencode is installed, and given without one where it is not")
    func picture() throws {
        let link = "http://127.0.0.1:8080/page/set-up.html#code=" + Secrets().freshCode()
        let drawn = SetUpLinks.picture(link)
        #expect((drawn != nil) == FileManager.default.isExecutableFile(atPath: "/usr/bin/qrencode"))
        let lines = SetUpLinks.lines(link, hours: 24, picture: drawn)
        #expect(lines.first == link && lines.count > (drawn == nil ? 2 : 15))
        // A square, whatever it says: two modules a character down, one across.
        if let drawn { #expect(Set(drawn.split(separator: "\n").map(\.count)).count == 1) }
    }

    @Test("the same view within a minute is one line, every action is one; a full mailbox loses lines, says how many, and holds nobody up")
    func audit() throws {
        let clock = Mutex(Int64(1_000))
        let box = Mailbox<Letter>(limit: 3, wake: Wake())
        let post = AuditPost(reports: box, logger: Logger(label: "test")) { WallTime(microseconds: clock.withLock { $0 } * 1_000_000) }
        func lines() -> [String] { box.take().compactMap { if case .audit(let entry) = $0 { "\(entry.action) \(entry.object) \(entry.outcome)" } else { nil } } }
        for _ in 0..<5 { post.keep(actor: "a", role: .caregiver, via: .page, action: "view_incident", object: "1", outcome: "full") }
        post.keep(actor: "a", role: .caregiver, via: .page, action: "view_incident", object: "1", outcome: "masked")
        #expect(lines() == ["view_incident 1 full", "view_incident 1 masked"])
        clock.withLock { $0 += 60 }
        post.keep(actor: "a", role: .caregiver, via: .page, action: "view_incident", object: "1", outcome: "full")
        #expect(lines() == ["view_incident 1 full"])
        for n in 0..<5 { post.keep(actor: "a", role: .caregiver, via: .page, action: "unlock", object: "\(n)", outcome: "done") }
        #expect(lines() == ["unlock 0 done", "unlock 1 done", "unlock 2 done"])
        post.keep(actor: "a", role: .caregiver, via: .page, action: "lock", object: "s", outcome: "done")
        #expect(lines() == ["lock s done", "audit_lost audit 2 lines"])
    }
}
