import CareModel
import Decoding

/// What a second configuration would have changed: incidents added, lost, earlier, later.
public struct ReplayComparison {
    private struct Opening {
        var openedAt: WallTime
        var priority: String
    }

    /// Incidents by what they are about and when, in the order of their opening.
    private var before: [String: [Opening]] = [:]
    private var after: [String: [Opening]] = [:]

    public init() {}

    public mutating func before(_ json: [UInt8]) { ReplayComparison.note(json, in: &before) }
    public mutating func after(_ json: [UInt8]) { ReplayComparison.note(json, in: &after) }

    private static func note(_ json: [UInt8], in openings: inout [String: [Opening]]) {
        guard let incident = try? JSONReader.read(json), incident["revision"]?.number?.wholeNumber == 1,
              let kind = incident["kind"]?.text, let opened = incident["opened_at"]?.text.flatMap({ WallTime(rfc3339: $0) }) else { return }
        let whom = incident["resident"]?.text ?? incident["home"]?.text ?? "unknown"
        openings["\(whom) \(kind)", default: []].append(Opening(openedAt: opened, priority: incident["priority"]?.text ?? "?"))
    }

    /// A line a difference and a sum; the n-th incident of a kind and resident is held against the n-th.
    public func lines() -> [String] {
        var lines: [String] = []
        var counts = ["added": 0, "lost": 0, "earlier": 0, "later": 0, "same": 0]
        for key in Set(before.keys).union(after.keys).sorted() {
            let old = before[key] ?? [], new = after[key] ?? []
            for index in 0..<max(old.count, new.count) {
                let what: String, at: WallTime
                var by = ""
                switch (index < old.count ? old[index] : nil, index < new.count ? new[index] : nil) {
                case (nil, let b?): (what, at) = ("added", b.openedAt)
                case (let a?, nil): (what, at) = ("lost", a.openedAt)
                case (let a?, let b?):
                    let span = b.openedAt - a.openedAt
                    what = span < .zero ? "earlier" : span > .zero ? "later" : "same"
                    at = b.openedAt
                    if span != .zero { by = " by \(decimalText(scaled: Int64(span.microseconds.magnitude / 1_000), decimals: 3)) s" }
                default: continue
                }
                counts[what, default: 0] += 1
                if what != "same" { lines.append("\(what)\(by): \(key) at \(at)") }
            }
        }
        lines.append(["added", "lost", "earlier", "later", "same"].map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", "))
        return lines
    }
}
