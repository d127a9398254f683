import CareModel
import Foundation
import Testing

@testable import Assembly

/// The codes at residents' doors.
@Suite("Visit codes") struct VisitCodeTests {
    private static let household = Household(
        homes: [Home(id: HomeID("h1"), zone: .utc)],
        residents: ["anna", "bo", "王奶奶"].map { Resident(id: ResidentID($0), home: 0, name: "Name of \($0)") }, bindings: [])
    private static let anna = ResidentID("anna"), bo = ResidentID("bo")

    /// As the hub or a command makes it: from the files of a data folder alone.
    private static func codes(_ folder: String, _ household: Household = household) throws -> VisitCodes {
        VisitCodes(folder, tokenKey: try TokenKey.open(folder)) { household }
    }

    @Test("each resident has another one, the same after every start; it is found as it is printed or typed, and nothing near it is")
    func found() async throws {
        try await AccountFileTests.inFolder { folder in
            let first = try Self.codes(folder), all = try Self.household.residents.map { try first.code(of: $0.id) }
            #expect(Set(all).count == 3 && all.allSatisfy { $0.utf8.count == VisitCodes.length && $0.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) } })
            let again = try Self.codes(folder)
            for (resident, code) in zip(Self.household.residents, all) {
                #expect(try again.code(of: resident.id) == code)
                let found = try again.resident(withCode: code)
                #expect(found?.id == resident.id && found?.name == resident.name)
                #expect(try again.resident(withCode: " " + code.prefix(13).lowercased() + "-" + code.dropFirst(13))?.id == resident.id)
                for index in 0..<VisitCodes.length {
                    var letters = Array(code.utf8)
                    letters[index] = letters[index] == 0x30 ? 0x31 : 0x30
                    #expect(try again.resident(withCode: String(decoding: letters, as: UTF8.self)) == nil)
                }
            }
            for bad in ["", "0", String(all[0].dropLast()), all[0] + "0", all[0] + all[1]] { #expect(try again.resident(withCode: bad) == nil, "\(bad)") }
            // Who has moved away has none; another hub's key makes others.
            #expect(try Self.codes(folder, Household()).resident(withCode: all[0]) == nil)
            try FileManager.default.removeItem(atPath: folder + "/" + TokenKey.fileName)
            #expect(try Self.codes(folder).resident(withCode: all[0]) == nil)
        }
    }

    @Test("a lost sticker's code is nobody's once it is renewed, also for the hub that runs; the others' stay")
    func renewed() async throws {
        try await AccountFileTests.inFolder { folder in
            let hub = try Self.codes(folder), lost = try hub.code(of: Self.anna), other = try hub.code(of: Self.bo)
            try Self.codes(folder).renew(Self.anna)
            let fresh = try hub.code(of: Self.anna)
            #expect(fresh != lost)
            #expect(try hub.resident(withCode: lost) == nil && hub.resident(withCode: fresh)?.id == Self.anna && hub.resident(withCode: other)?.id == Self.bo)
            try Self.codes(folder).renew(Self.anna)
            #expect(try hub.resident(withCode: fresh) == nil && hub.resident(withCode: lost) == nil)
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/" + VisitCodes.fileName)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            // What can't be read doesn't bring a lost code back.
            try Data("{".utf8).write(to: URL(fileURLWithPath: folder + "/" + VisitCodes.fileName))
            #expect(throws: (any Error).self) { try hub.resident(withCode: lost) }
        }
    }

    @Test("the command prints whose it is and the address with the code behind the hash; without a hub, or for nobody, it says what is wrong")
    func command() async throws {
        try await AccountFileTests.inFolder { folder in
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
            try FileManager.default.copyItem(atPath: root + "/config", toPath: folder + "/config")
            try FileManager.default.createSymbolicLink(atPath: folder + "/devices", withDestinationPath: root + "/devices")
            let commands = VisitCodeCommands(configurationPath: folder + "/config", environment: [:]), elder = ResidentID("wang-xiulan")
            func fault(_ resident: ResidentID) -> String {
                do { return try commands.lines(of: resident, renews: false).joined() } catch { return "\(error)" }
            }
            #expect(fault(elder).contains("no hub was started") && fault(ResidentID("nobody")).contains("wang-xiulan"))
            try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
            _ = try TokenKey.open(folder + "/data")
            let lines = try commands.lines(of: elder, renews: false), parts = lines[1].split(separator: "#")
            #expect(lines[0].hasPrefix("王秀兰") && parts.count == 2 && parts[0].hasSuffix("/visit") && parts[1].utf8.count == VisitCodes.length)
            #expect(try commands.lines(of: elder, renews: false)[1] == lines[1] && commands.lines(of: elder, renews: true)[1] != lines[1])
        }
    }
}
