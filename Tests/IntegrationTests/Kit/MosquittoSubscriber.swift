import Foundation
import Glibc
import Synchronization

/// A `mosquitto_sub` whose lines are kept with the time at which they came.
final class MosquittoSubscriber: Sendable {
    struct Arrival: Sendable {
        var line: [UInt8]
        /// By `microseconds()`.
        var at: Int64
    }

    private let arrivalsBox = Mutex<[Arrival]>([])
    private let process: pid_t

    /// - Parameter log: where its complaints go.
    init(port: UInt16, user: String, password: String, topic: String, log: String) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw KitFailure("no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (reading, writing) = (ends[0], ends[1])
        process = try spawn(
            "mosquitto_sub", ["-V", "5", "-h", "127.0.0.1", "-p", String(port), "-u", user, "-P", password, "-q", "1", "-i", user, "-c", "-x", "3600", "-t", topic],
            output: log, outputDescriptor: writing)
        close(writing)
        Thread.detachNewThread { [self] in
            var rest: [UInt8] = [], bytes = [UInt8](repeating: 0, count: 262_144)
            while true {
                let count = read(reading, &bytes, bytes.count)
                guard count > 0 else { break }
                let at = microseconds()
                rest += bytes[..<count]
                var lines: [Arrival] = []
                while let end = rest.firstIndex(of: 0x0A) {
                    lines.append(Arrival(line: Array(rest[..<end]), at: at))
                    rest.removeSubrange(...end)
                }
                arrivalsBox.withLock { $0 += lines }
            }
            close(reading)
        }
    }

    var arrivals: [Arrival] { arrivalsBox.withLock { $0 } }
    /// Every incident that came, in order.
    var incidents: [(incident: IncidentView, at: Int64)] { arrivals.compactMap { arrival in (try? IncidentView(arrival.line)).map { ($0, arrival.at) } } }

    func stop() async throws {
        kill(process, SIGTERM)
        _ = try await end(of: process, seconds: 5)
    }
}
