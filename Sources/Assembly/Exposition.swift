import CareModel
import GatewayCore
import Ledger
import Serving

/// The Prometheus text exposition of the whole hub.
struct Exposition: MetricsReading {
    let board: Board
    let vault: Vault
    let metrics: HubMetrics

    func exposition() async throws -> String {
        let picture = board.look()
        var out = ""
        func family(_ name: String, _ type: String, _ help: String) { out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n" }
        func label(_ text: String) -> String {
            var escaped = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\\": escaped += "\\\\"
                case "\"": escaped += "\\\""
                case "\n": escaped += "\\n"
                default: escaped.unicodeScalars.append(scalar)
                }
            }
            return escaped
        }
        let c = picture.counters
        family("vigil_messages_total", "counter", "MQTT messages taken, by session.")
        for link in Link.allCases { out += "vigil_messages_total{link=\"\(link.name)\"} \(c.messages[Int(link.rawValue)])\n" }
        family("vigil_readings_total", "counter", "Readings decoded.")
        out += "vigil_readings_total \(c.readings)\n"
        family("vigil_rejected_total", "counter", "Messages that gave nothing, by reason.")
        for reason in RejectionReason.allCases { out += "vigil_rejected_total{reason=\"\(reason.name)\"} \(c.rejected[Int(reason.rawValue)])\n" }
        family("vigil_quarantined_total", "counter", "Messages of devices that nobody registered.")
        out += "vigil_quarantined_total \(c.quarantined)\n"
        family("vigil_findings_total", "counter", "Findings, by rule.")
        for (rule, count) in c.findings.sorted(by: { $0.key < $1.key }) { out += "vigil_findings_total{rule=\"\(label(rule))\"} \(count)\n" }
        family("vigil_incidents_total", "counter", "Incidents opened, by kind and priority.")
        for (key, count) in c.incidents.sorted(by: { $0.key < $1.key }) {
            out += "vigil_incidents_total{kind=\"\(label(key.kind))\",priority=\"\(key.priority.name)\"} \(count)\n"
        }
        family("vigil_deliveries_total", "counter", "Delivery reports, by outcome.")
        out += "vigil_deliveries_total{outcome=\"confirmed\"} \(c.confirmed)\n"
        out += "vigil_deliveries_total{outcome=\"delayed\"} \(c.delayed)\n"
        out += "vigil_deliveries_total{outcome=\"dead_lettered\"} \(c.deadLettered)\n"
        family("vigil_outbox_rows", "gauge", "Deliveries that wait, by queue.")
        let counts = try vault.reader.outboxCounts()
        for count in counts { out += "vigil_outbox_rows{queue=\"\(label(count.queue.text))\"} \(count.pending)\n" }
        family("vigil_dead_letters", "gauge", "Deliveries refused for good, by queue.")
        for count in counts { out += "vigil_dead_letters{queue=\"\(label(count.queue.text))\"} \(count.dead)\n" }
        family("vigil_device_last_seen_seconds", "gauge", "Seconds since a bound device was last heard.")
        for (device, at) in picture.lastSeen.sorted(by: { $0.key < $1.key }) {
            let seconds = max(0, (picture.at - at).microseconds) / 1_000_000
            out += "vigil_device_last_seen_seconds{device=\"\(label(device.text))\"} \(seconds)\n"
        }
        family("vigil_link_up", "gauge", "Whether a broker session is connected.")
        for link in Link.allCases { out += "vigil_link_up{link=\"\(link.name)\"} \(picture.links[link]?.isConnected == true ? 1 : 0)\n" }
        family("vigil_journal_position", "gauge", "Position of the newest journal record.")
        out += "vigil_journal_position \(picture.position)\n"
        if let durability = try? vault.ledger.durability() {
            family("vigil_ledger_synchronous", "gauge", "PRAGMA synchronous of the connection that writes: 2 means that a commit is on the disk.")
            out += "vigil_ledger_synchronous \(durability.synchronous)\n"
        }
        family("vigil_turns_total", "counter", "Turns of the sequencer that were stored.")
        out += "vigil_turns_total \(picture.turns)\n"
        family("vigil_stage_seconds", "histogram", "Time spent, by stage of a turn.")
        for (stage, histogram) in [("commit", picture.stages.commit), ("turn", picture.stages.turn)] {
            var sum: UInt64 = 0
            for (bound, count) in zip(StageTimes.bounds, histogram.counts) {
                sum += count
                out += "vigil_stage_seconds_bucket{stage=\"\(stage)\",le=\"\(decimalText(scaled: bound, decimals: 6))\"} \(sum)\n"
            }
            sum += histogram.counts[StageTimes.bounds.count]
            out += "vigil_stage_seconds_bucket{stage=\"\(stage)\",le=\"+Inf\"} \(sum)\n"
            out += "vigil_stage_seconds_sum{stage=\"\(stage)\"} \(decimalText(scaled: histogram.sumMicroseconds, decimals: 6))\n"
            out += "vigil_stage_seconds_count{stage=\"\(stage)\"} \(sum)\n"
        }
        // What libraries count through swift-metrics, as plain sums.
        var name = ""
        for (series, sum) in metrics.look() {
            if series.name != name {
                name = series.name
                out += "# TYPE \(name) untyped\n"
            }
            out += "\(series.name)\(series.labels.isEmpty ? "" : "{\(series.labels)}") \(sum.total)\n"
        }
        return out
    }
}
