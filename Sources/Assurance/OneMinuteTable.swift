import CareModel
import Detection

/// The one-minute proof: for every resident, device and rule, the worst-case time from the condition to the incident.
public struct OneMinuteTable: Sendable {
    /// What broker, core, commit and queue may take together until the hub has measured its own p99.9. A budget, labelled so.
    public static let pipelineSecondsBudget = 5
    /// Policy: an abnormal value is answered within one minute.
    public static let promiseSeconds = 60

    public struct Row: Hashable, Sendable {
        public var worst: WorstCase
        /// Device, rule and pipeline together; nil where the rule is off.
        public var totalSeconds: Int?
        public var verdict: Verdict
    }

    public enum Verdict: String, Hashable, Sendable {
        case kept = "ok"
        /// High priority and over a minute: an error, unless somebody accepted it with a reason.
        case broken = "over"
        case accepted = "accepted"
        /// Within a minute of the end of its window, which is the condition itself.
        case keptAfterWindow = "ok after its window"
        /// Not of high priority: outside the promise.
        case outside = "–"
        case off = "off"
    }

    public let rows: [Row]
    public let pipelineSeconds: Int

    public init(_ rules: RuleBook, pipelineSeconds: Int = pipelineSecondsBudget) {
        self.pipelineSeconds = pipelineSeconds
        rows = rules.worstCases().map { worst in
            let total = worst.seconds.map { $0 + pipelineSeconds }
            let verdict: Verdict
            if worst.off != nil || total == nil {
                verdict = .off
            } else if worst.accepted != nil {
                verdict = .accepted
            } else if worst.isOverMinute(pipelineSeconds: pipelineSeconds) {
                verdict = .broken
            } else if worst.priority == .high {
                verdict = worst.windowSeconds > 0 ? .keptAfterWindow : .kept
            } else {
                verdict = .outside
            }
            return Row(worst: worst, totalSeconds: total, verdict: verdict)
        }
    }

    public var isKept: Bool { !rows.contains { $0.verdict == .broken } }

    /// The table as text, one row a line, for a terminal.
    public func lines() -> [String] {
        var table = [["home", "resident", "device", "room", "rule", "priority", "seconds", "made of", "promise", "supervised", "verdict"]]
        for row in rows {
            let w = row.worst
            var parts: [String] = []
            if w.transportSeconds > 0 { parts.append("transport \(w.transportSeconds)") }
            if let interval = w.intervalSeconds { parts.append("interval \(interval)") }
            if w.windowSeconds > 0 { parts.append("window \(w.windowSeconds)") }
            if w.persistenceSeconds > 0 { parts.append("persistence \(w.persistenceSeconds)") }
            parts.append("pipeline \(pipelineSeconds)")
            table.append([
                w.home?.text ?? "–", w.residents.isEmpty ? "–" : w.residents.map(\.text).joined(separator: "+"), w.device?.text ?? "–",
                w.room.isEmpty ? "–" : w.room, w.rule, w.priority.name, row.totalSeconds.map { String($0) } ?? "–",
                w.off.map { "off: " + $0.text.en } ?? parts.joined(separator: " + "), w.promise.name,
                w.supervisionSeconds.map { "\($0) s" } ?? "never", w.accepted.map { "accepted: " + $0 } ?? row.verdict.rawValue,
            ])
        }
        let widths = (0..<table[0].count).map { column in table.map { OneMinuteTable.width($0[column]) }.max() ?? 0 }
        return table.map { cells in
            var line = ""
            for (cell, width) in zip(cells, widths) {
                line += cell + String(repeating: " ", count: width - OneMinuteTable.width(cell) + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Columns of a terminal: Chinese characters take two.
    private static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) }
    }
}
