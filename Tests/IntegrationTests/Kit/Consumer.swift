import Foundation
import Synchronization

/// A care service that fetches an embedded queue over HTTP: stores each delivery, then confirms it, for as long as it lives.
final class Consumer: Sendable {
    struct Arrival: Sendable {
        var key: String
        var incident: IncidentView
        /// By `microseconds()`.
        var at: Int64
    }

    private struct State {
        var arrivals: [Arrival] = []
        var first: [String: IncidentView] = [:]
        var confirmedAt: [String: Int64] = [:]
        var toConfirm: [String] = []
        /// Keys that came again before their confirmation was answered: allowed, the receiver dedupes.
        var repeats = 0
        /// Keys that came again although a confirmation was answered before they were asked for, or with other bytes.
        var faults: [String] = []
        var isStopping = false
        var threads = 0
    }

    private let state = Mutex(State())
    private let port: UInt16
    private let token: String
    private let queue: String

    /// - Parameter confirmers: connections that confirm; 0 = nothing is confirmed.
    init(port: UInt16, token: String, queue: String = "station", confirmers: Int = 4) {
        (self.port, self.token, self.queue) = (port, token, queue)
        state.withLock { $0.threads = confirmers + 1 }
        Thread.detachNewThread { [self] in fetch() }
        for _ in 0..<confirmers { Thread.detachNewThread { [self] in confirm() } }
    }

    var arrivals: [Arrival] { state.withLock { $0.arrivals } }
    var incidents: [IncidentView] { state.withLock { $0.arrivals.map(\.incident) } }
    var repeats: Int { state.withLock { $0.repeats } }
    var faults: [String] { state.withLock { $0.faults } }
    var unconfirmed: Int { state.withLock { $0.first.count - $0.confirmedAt.count } }

    /// Ends its threads and waits for them.
    func stop() async throws {
        state.withLock { $0.isStopping = true }
        _ = try await eventually(seconds: 10) { state.withLock { $0.threads == 0 } }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func fetch() {
        defer { state.withLock { $0.threads -= 1 } }
        struct Page: Decodable {
            struct Item: Decodable {
                var key: String
            }
            var deliveries: [Item]
            var next: String
        }
        let line = HTTPLine(port: port, token: token)
        var after = ""
        while !isStopping {
            let asked = microseconds()
            guard let answer = try? line.get("/api/v1/queues/\(queue)/deliveries?wait=1&limit=200" + after), answer.status == 200,
                  let page = try? JSONDecoder().decode(Page.self, from: Data(answer.body)) else {
                // Down or restarting: from the beginning again, what was not confirmed is listed again.
                after = ""
                usleep(10_000)
                continue
            }
            let at = microseconds()
            after = "&after=" + page.next
            let items = RawJSON.objects(of: "deliveries", in: answer.body).compactMap { item -> IncidentView? in
                guard let range = String(decoding: item, as: UTF8.self).range(of: "\"incident\":") else { return nil }
                return try? IncidentView(Array(String(decoding: item, as: UTF8.self)[range.upperBound...].utf8.dropLast()))
            }
            note(zip(page.deliveries.map(\.key), items).map { Arrival(key: $0, incident: $1, at: at) }, asked: asked, expected: page.deliveries.count)
        }
    }

    private func note(_ found: [Arrival], asked: Int64, expected: Int) {
        state.withLock { state in
            if found.count != expected { state.faults.append("\(expected - found.count) deliveries could not be read") }
            for arrival in found {
                if arrival.incident.delivery != arrival.key { state.faults.append("\(arrival.key) holds \(arrival.incident.delivery ?? "no key")") }
                if let first = state.first[arrival.key] {
                    state.repeats += 1
                    if first != arrival.incident { state.faults.append("\(arrival.key) came twice with different content") }
                    if let confirmed = state.confirmedAt[arrival.key], confirmed < asked { state.faults.append("\(arrival.key) came again after it was confirmed") }
                    if state.confirmedAt[arrival.key] == nil, !state.toConfirm.contains(arrival.key) { state.toConfirm.append(arrival.key) }
                } else {
                    state.first[arrival.key] = arrival.incident
                    state.arrivals.append(arrival)
                    state.toConfirm.append(arrival.key)
                }
            }
        }
    }

    private func confirm() {
        defer { state.withLock { $0.threads -= 1 } }
        let line = HTTPLine(port: port, token: token)
        while !isStopping {
            guard let key = state.withLock({ $0.toConfirm.isEmpty ? nil : $0.toConfirm.removeFirst() }) else {
                usleep(2_000)
                continue
            }
            if let answer = try? line.post("/api/v1/queues/\(queue)/deliveries/\(key)/ack"), answer.status == 204 {
                let now = microseconds()
                state.withLock { $0.confirmedAt[key] = $0.confirmedAt[key] ?? now }
            } else {
                state.withLock { if $0.confirmedAt[key] == nil { $0.toConfirm.append(key) } }
                usleep(20_000)
            }
        }
    }
}
