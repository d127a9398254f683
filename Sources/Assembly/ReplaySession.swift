import CareModel
import Decoding
import Foundation
import GatewayCore
import Simulation

/// `vigil replay`: device logs through today's (or the log's own) configuration, incidents in canonical form on standard output.
public struct ReplaySession {
    public enum Speed: Hashable, Sendable {
        case max
        /// So many times as fast as it happened.
        case times(Double)
    }

    private let chosen: LoadedConfiguration?
    private let configurationPath: String
    private let speed: Speed

    /// - Parameter isChosen: whether the person named the folder; else an export's own configuration goes first.
    public init(configurationPath: String, isChosen: Bool, speed: Speed) throws {
        self.configurationPath = configurationPath
        self.speed = speed
        chosen = isChosen ? try LoadedConfiguration.load(configurationPath) : nil
    }

    /// What a replay came to.
    public struct Summary: Sendable {
        public var lines = 0
        public var badLines = 0
        public var messages: UInt64 = 0
        public var readings: UInt64 = 0
        public var incidents: UInt64 = 0
        public var seconds = 0.0
    }

    /// - Parameters:
    ///   - settle: seconds that pass after the last line.
    ///   - take: gets each revision in canonical JSON, without a line feed.
    public func run(_ logs: [String], settle: Int = 0, _ take: ([UInt8]) -> Void) throws -> Summary {
        var summary = Summary()
        var replay: Replay?
        var subscriptions = Subscriptions([])
        let begun = ContinuousClock.now
        var firstWall: WallTime?
        var revisions: [[UInt8]] = []
        var progress = Progress("replay")
        func use(_ loaded: LoadedConfiguration) -> Configuration {
            subscriptions = Subscriptions(loaded.core.profiles.subscriptions)
            return loaded.core
        }
        for log in logs {
            var reader = try LineReader(log)
            defer { reader.close() }
            var number = 0
            while let line = reader.next() {
                number += 1
                if line.isEmpty { continue }
                summary.lines += 1
                do {
                    let entry = try DeviceLog.read(line, link: subscriptions.link)
                    var next: Configuration?
                    if case .record(let record, let bytes?) = entry, case .configured = record.body, chosen == nil {
                        next = use(try LoadedConfiguration.restore(bytes, folder: configurationPath))
                    }
                    if replay == nil {
                        // A start stands before its configuration: the core needs one to begin with, and it decides nothing yet.
                        let first = try next ?? initial(entry, log, use)
                        replay = Replay(under: first)
                    }
                    if case .message(_, let wall, _, _) = entry { pace(wall, &firstWall, begun) }
                    replay?.feed(entry, configuration: next, into: &revisions)
                } catch let fault as LogFault {
                    summary.badLines += 1
                    complain("\(log):\(number): \(fault)")
                }
                for revision in revisions { take(revision) }
                revisions.removeAll(keepingCapacity: true)
                if number % 1_024 == 0 { progress.show(reader.bytesRead, of: reader.bytesTotal, "\(replay?.readings ?? 0) readings, \(replay?.incidentsOpened ?? 0) incidents") }
            }
            progress.show(reader.bytesRead, of: reader.bytesTotal, "\(replay?.readings ?? 0) readings, \(replay?.incidentsOpened ?? 0) incidents", isLast: true)
        }
        replay?.settle(forSeconds: settle, into: &revisions)
        for revision in revisions { take(revision) }
        let elapsed = ContinuousClock.now - begun
        summary.seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        if let replay { (summary.messages, summary.readings, summary.incidents) = (replay.messages, replay.readings, replay.incidentsOpened) }
        return summary
    }

    /// The configuration to begin with: the chosen one, the export's first, or the folder's.
    private func initial(_ entry: LogEntry, _ log: String, _ use: (LoadedConfiguration) -> Configuration) throws -> Configuration {
        if let chosen { return use(chosen) }
        if case .record = entry, let own = try ReplaySession.firstConfiguration(in: log) {
            return use(try LoadedConfiguration.restore(own, folder: configurationPath))
        }
        return use(try LoadedConfiguration.load(configurationPath))
    }

    private static func firstConfiguration(in log: String) throws -> [UInt8]? {
        guard log != "-" else { return nil }
        var reader = try LineReader(log)
        defer { reader.close() }
        while let line = reader.next() {
            if case .record(let record, let bytes?) = try? DeviceLog.read(line, link: { _ in .safety }), case .configured = record.body { return bytes }
        }
        return nil
    }

    private func pace(_ wall: WallTime, _ first: inout WallTime?, _ begun: ContinuousClock.Instant) {
        guard case .times(let factor) = speed, factor > 0 else { return }
        let start = first ?? wall
        first = start
        let due = begun + .microseconds(Int64(Double((wall - start).microseconds) / factor))
        let left = due - .now
        if left > .zero { Thread.sleep(forTimeInterval: Double(left.components.seconds) + Double(left.components.attoseconds) / 1e18) }
    }
}

/// Which session a topic belongs to.
struct Subscriptions {
    /// By levels: split once, because every message of a log is compared with all of them.
    private let safety: [[Substring]]

    init(_ filters: [(filter: String, link: Link)]) { safety = filters.filter { $0.link == .safety }.map { Subscriptions.levels($0.filter) } }

    func link(_ topic: String) -> Link {
        let levels = Subscriptions.levels(topic)
        return safety.contains { Subscriptions.matches($0, levels) } ? .safety : .telemetry
    }

    private static func levels(_ text: String) -> [Substring] { text.split(separator: "/", omittingEmptySubsequences: false) }

    /// MQTT's own matching: `+` one level, `#` the rest.
    private static func matches(_ filter: [Substring], _ topic: [Substring]) -> Bool {
        for (index, level) in filter.enumerated() {
            if level == "#" { return true }
            guard index < topic.count, level == "+" || level == topic[index] else { return false }
        }
        return filter.count == topic.count
    }
}
