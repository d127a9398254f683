import CareModel

/// The newest answers, so that a second arrival of a command gets the first one's and does nothing.
struct RecentCommands: Sendable {
    private var outcomes: [CommandID: CommandOutcome] = [:]
    /// In order of arrival, with a number that only grows; entries before `start` have left.
    private var order: [(number: UInt64, id: CommandID)] = []
    private var start = 0
    private var nextNumber: UInt64 = 0

    subscript(_ id: CommandID) -> CommandOutcome? { outcomes[id] }

    /// Remembers an answer and gives the rows to keep: the new one, and the removal of the one that must go.
    mutating func insert(_ id: CommandID, _ outcome: CommandOutcome) -> [DecidedRow] {
        let number = nextNumber
        nextNumber += 1
        outcomes[id] = outcome
        order.append((number, id))
        var rows = [Escalation.row(Escalation.Table.command, id.text) { w in
            w.unsigned(number)
            switch outcome {
            case .done(let revision): w.byte(0); w.unsigned(UInt64(revision))
            case .refused(let why): w.byte(1); w.byte(why.rawValue)
            case .carriedOut(let deed): w.byte(2); deed.write(to: &w)
            }
        }]
        if outcomes.count > EscalationLimits.recentCommandsMax {
            let oldest = order[start].id
            outcomes[oldest] = nil
            start += 1
            rows.append(Escalation.removal(Escalation.Table.command, oldest.text))
            if start == EscalationLimits.recentCommandsMax {
                order.removeFirst(start)
                start = 0
            }
        }
        return rows
    }

    mutating func restore(_ key: String, from r: inout ByteReader) throws(BinaryFailure) {
        let number = try r.unsigned()
        let outcome: CommandOutcome
        switch try r.byte() {
        case 0: outcome = .done(revision: UInt32(truncatingIfNeeded: try r.unsigned()))
        case 1: outcome = .refused(try r.choice(Refusal.self))
        case 2: outcome = .carriedOut(try Deed(from: &r))
        case let other: throw .malformed("unknown outcome \(other)", at: r.index - 1)
        }
        outcomes[CommandID(key)] = outcome
        order.append((number, CommandID(key)))
        nextNumber = max(nextNumber, number + 1)
    }

    /// To be called once after the last `restore`.
    mutating func sort() { order.sort { $0.number < $1.number } }
}
