import Assurance
import CareModel
import Foundation

/// `vigil check`: everything that can be said about a configuration without connecting to anything.
public struct CheckReport {
    public let lines: [String]
    /// Whether every promise is kept; a configuration that can't be read throws instead.
    public let isKept: Bool

    /// - Parameter samples: what the samples of the profiles came to.
    public init(_ loaded: LoadedConfiguration, samples: SampleCheck) {
        let household = loaded.core.household
        let table = OneMinuteTable(loaded.core.rules)
        var lines = [
            "configuration \(loaded.digest.text.prefix(12)): \(household.homes.count) homes, \(household.residents.count) residents, "
                + "\(household.bindings.count) devices, \(loaded.core.profiles.names.count) profiles, \(loaded.network.queues.count) queues",
            "samples: \(samples.sampleCount) messages of \(samples.profileCount) profiles give what they say",
            "",
            "From the condition to the incident, at worst (pipeline: a budget of \(table.pipelineSeconds) s, not measured):",
        ]
        lines += table.lines()
        lines.append("")
        lines.append("时限是规则条件本身：超过时限之前并无异常，一分钟自时限届满起算。")
        lines.append("A window is the condition itself: before it has passed nothing is wrong, so the minute counts from its end.")
        let broken = table.rows.filter { $0.verdict == .broken }
        lines.append("")
        if broken.isEmpty {
            lines.append("Every high-priority rule keeps the minute, or its exception is accepted with a reason.")
        } else {
            lines.append("\(broken.count) high-priority rows take longer than a minute, from the end of their window where they have one. Shorten interval or persistence, or write \"accepted: <reason>\" at that resident and rule.")
        }
        lines += ["", "每位老人：谁在何时、以何种方式得到通知 / For each resident: who is told what, when, by which way:"]
        lines += ResponseWords(household, loaded.core.plan).lines(at: WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)))
        self.lines = lines
        isKept = table.isKept
    }
}
