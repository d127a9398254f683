import CareModel

/// What a body can't do: how fast a vital sign may change, and for how long it may stay the same.
///
/// Our choice throughout, on the side of judging: a wrong mark would hide a true value, so each limit lies well beyond what
/// illness does (a heart may start to race by 100/min at once; at the end of an apnoea oxygen falls by about 1 % a second).
struct VitalLimit: Hashable, Sendable {
    /// A change by more than this (scaled as the kind) within `jumpSeconds` is none of the body's; 0 = no such limit.
    var jump: Int64
    var jumpSeconds: Int
    /// So many readings beside the last accepted one, near each other, are believed: then the body has changed after all.
    var confirmations: Int
    /// So many equal readings in a row, over at least so long, come from a sensor that hangs; 0 = no such limit.
    var frozenCount: Int
    var frozenSeconds: Int

    /// By `Kind.rawValue`.
    static let table: [VitalLimit?] = KindTable.entries.indices.map { Kind(rawValue: UInt8($0)).flatMap(VitalLimit.of) }

    /// By `Kind.rawValue`: looked up for every reading, where comparing names would cost more than all the rest.
    static let isVital: [Bool] = KindTable.entries.indices.map { Kind(rawValue: UInt8($0))?.isVital ?? false }

    /// The limits of a kind, in the kind's steps; nil where nothing is known that would be safe to say.
    static func of(_ kind: Kind) -> VitalLimit? {
        let one = (0..<kind.entry.decimals).reduce(Int64(1)) { step, _ in step * 10 }
        func limit(_ jump: Int64, in seconds: Int, _ confirmations: Int = 1, frozen count: Int = 0, over span: Int = 0) -> VitalLimit {
            VitalLimit(jump: jump * one, jumpSeconds: seconds, confirmations: confirmations, frozenCount: count, frozenSeconds: span)
        }
        switch kind {
        // A resting heart varies by some beats from minute to minute.
        case .heartRate: return limit(130, in: 10, frozen: 30, over: 3_600)
        // Steady breathing of a sleeper, told in whole breaths, may stay the same for an hour.
        case .respiratoryRate: return limit(0, in: 0, frozen: 60, over: 3 * 3_600)
        // A healthy person shows 98 % for a whole day.
        case .spo2: return limit(25, in: 10, frozen: 100, over: 2 * 86_400)
        case .bodyTemperature: return limit(3, in: 300, frozen: 60, over: 12 * 3_600)
        case .bpSystolic: return limit(100, in: 60, frozen: 10, over: 86_400)
        case .bpDiastolic: return limit(70, in: 60, frozen: 10, over: 86_400)
        case .glucose: return limit(10, in: 300)
        case .weight: return limit(8, in: 30 * 86_400, 3)
        default: return nil
        }
    }
}
