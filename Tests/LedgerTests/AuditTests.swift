import CareModel
import Testing

@testable import Ledger

@Suite struct AuditTests {
    private func entry(_ action: String, _ object: String, by actor: String, _ outcome: String = "done", seconds: Int = 0) -> AuditEntry {
        AuditEntry(at: Scratch.wall + .seconds(seconds), actor: actor, role: .caregiver, via: .page, action: action, object: object, outcome: outcome)
    }

    @Test("who told a mode last is found by what was done and to whom; what was refused, or is older, is not")
    func actors() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        try ledger.add(1, [
            .audit(entry("mode away", "r1", by: "early")), .audit(entry("mode away", "r1", by: "wang", seconds: 10)), .audit(entry("mode visitors", "h1", by: "li", seconds: 20)),
            .audit(entry("mode away", "r1", by: "refused", "limit_reached", seconds: 30)), .audit(entry("modest", "r1", by: "other", seconds: 30)),
        ])
        let found = try ledger.reader.auditActors(ofActionsBeginning: "mode ", since: Scratch.wall + .seconds(5))
        #expect(found == ["mode away r1": "wang", "mode visitors h1": "li"])
        #expect(try ledger.reader.auditActors(ofActionsBeginning: "mode ", since: Scratch.wall + .seconds(21)) == [:])
    }

    @Test("the question looks through so many entries and not one more")
    func lookBack() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let later = (1..<LedgerLimits.auditLookBackRows).map { Effect.audit(entry("view_incident", "x\($0)", by: "li")) }
        try ledger.add(1, [.audit(entry("mode away", "r1", by: "wang"))] + later)
        #expect(try ledger.reader.auditActors(ofActionsBeginning: "mode ", since: Scratch.wall) == ["mode away r1": "wang"])
        try ledger.add(1, [.audit(entry("view_incident", "last", by: "li"))])
        #expect(try ledger.reader.auditActors(ofActionsBeginning: "mode ", since: Scratch.wall) == [:])
    }
}
