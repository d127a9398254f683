import CoreMetrics
import Synchronization

/// The back end of swift-metrics: what libraries count (HTTP requests, errors, durations) for the same page as the hub's own figures.
final class HubMetrics: MetricsFactory {
    static let shared = HubMetrics()

    /// More series than this are not kept: a label that a client chooses must not fill the memory.
    static let seriesMax = 2_048

    struct Series: Hashable, Comparable, Sendable {
        var name: String
        var labels: String

        static func < (a: Series, b: Series) -> Bool { (a.name, a.labels) < (b.name, b.labels) }
    }

    struct Sum: Sendable {
        var count: UInt64 = 0
        var total = 0.0
    }

    private let series = Mutex<[Series: Sum]>([:])

    func add(_ key: Series, count: UInt64, total: Double) {
        series.withLock { all in
            guard all[key] != nil || all.count < HubMetrics.seriesMax else { return }
            all[key, default: Sum()].count &+= count
            all[key, default: Sum()].total += total
        }
    }

    func set(_ key: Series, _ value: Double) { series.withLock { if $0[key] != nil || $0.count < HubMetrics.seriesMax { $0[key] = Sum(count: 1, total: value) } } }

    /// Sorted by name, then labels.
    func look() -> [(Series, Sum)] { series.withLock { $0.sorted { $0.key < $1.key } }.map { ($0.key, $0.value) } }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { Instrument(self, label, dimensions) }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler { Instrument(self, label, dimensions) }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { Instrument(self, label, dimensions) }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    /// Prometheus names hold letters, digits and underscores only.
    static func plain(_ text: String) -> String {
        String(text.unicodeScalars.map { ($0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))) ? Character($0) : "_" })
    }
}

private final class Instrument: CounterHandler, RecorderHandler, TimerHandler {
    private let owner: HubMetrics
    private let key: HubMetrics.Series

    init(_ owner: HubMetrics, _ label: String, _ dimensions: [(String, String)]) {
        self.owner = owner
        let labels = dimensions.map { "\(HubMetrics.plain($0.0))=\"\($0.1.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline })\"" }.sorted().joined(separator: ",")
        key = HubMetrics.Series(name: "vigil_" + HubMetrics.plain(label), labels: labels)
    }

    func increment(by amount: Int64) { owner.add(key, count: UInt64(clamping: amount), total: Double(amount)) }
    func reset() {}
    func record(_ value: Int64) { owner.set(key, Double(value)) }
    func record(_ value: Double) { owner.set(key, value) }
    func recordNanoseconds(_ duration: Int64) { owner.add(key, count: 1, total: Double(duration) / 1e9) }
}
