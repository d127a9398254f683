import CareModel

extension Escalation {
    /// The tables of decided rows that are Escalation's own.
    enum Table {
        static let incident = "incident"
        static let counter = "counter"
        static let finding = "finding"
        static let command = "command"
        static let armed = "armed"
        static let dismissed = "dismissed"
        static let closed = "closed"
        static let flap = "flap"
        static let work = "duty"
    }

    /// Version of every row but those of `incident`.
    static let rowVersion: UInt16 = 1

    static func removal(_ table: String, _ key: String) -> DecidedRow {
        DecidedRow(table: table, key: key, version: rowVersion, bytes: nil)
    }

    static func row(_ table: String, _ key: String, version: UInt16 = rowVersion, _ write: (inout ByteWriter) -> Void) -> DecidedRow {
        var w = ByteWriter()
        write(&w)
        return DecidedRow(table: table, key: key, version: version, bytes: w.bytes)
    }

    /// Escalation as it was when it gave out these rows.
    ///
    /// - Parameter rows: the newest row of each table and key, in any order; removed ones and other rooms' tables are passed over.
    /// - Throws: when a row's version or bytes are not those of this build.
    public init(restoring rows: [DecidedRow]) throws(BinaryFailure) {
        for row in rows {
            guard let bytes = row.bytes else { continue }
            var r = ByteReader(bytes)
            switch row.table {
            case Table.incident:
                guard (1...OpenIncident.version).contains(row.version) else { throw .malformed("incident row of version \(row.version)", at: 0) }
                let open = try OpenIncident(from: &r, version: row.version)
                adopt(open)
            case Table.counter where row.key == Table.incident:
                nextNumber = try r.unsigned()
            case Table.finding:
                try handled.restore(from: &r)
            case Table.command:
                try commands.restore(row.key, from: &r)
            case Table.armed:
                let until = try r.instant()
                armed[DeviceID(row.key)] = until
                deadlines.insert(until, .armed(DeviceID(row.key)))
            case Table.dismissed:
                dismissed[row.key] = try r.choice(Priority.self)
            case Table.closed:
                guard (1...OpenIncident.version).contains(row.version) else { throw .malformed("closed row of version \(row.version)", at: 0) }
                let kept = try OpenIncident(from: &r, version: row.version)
                closed[kept.incident.id] = kept
                closedOrder.append(kept.incident.id)
            case Table.work:
                done[row.key] = try r.instant()
            case Table.flap:
                flaps[row.key] = Flap(count: try r.int(), lastAt: try r.instant())
            default:
                break
            }
        }
        handled.sort()
        commands.sort()
        let closed = closed
        closedOrder.sort { a, b in
            let first = closed[a]?.closedAt ?? Instant(microseconds: 0), second = closed[b]?.closedAt ?? Instant(microseconds: 0)
            return first == second ? a < b : first < second
        }
        for key in storms.keys { storms[key]?.sort() }
    }

    private mutating func adopt(_ open: OpenIncident) {
        let id = open.incident.id
        incidents[id] = open
        byJoinKey[open.joinKey] = id
        for condition in open.conditions where !condition.key.isEmpty { byCondition[open.conditionKey(condition.key)] = id }
        for (due, subject) in open.dues { deadlines.insert(due, subject) }
        enterStorms(open)
        if open.leadsGroup, let group = open.group { leaders[group] = id }
    }
}

extension OpenIncident {
    /// The key of a condition among all: a drill's conditions are apart from the live ones.
    func conditionKey(_ key: String) -> String { incident.origin == .drill ? Escalation.drillPrefix + key : key }
}
