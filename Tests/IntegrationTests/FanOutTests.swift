import Foundation
import Glibc
import Simulation
import Synchronization
import Testing

extension Integration {
    /// Many boards at one time.
    @Suite("A hundred boards", .serialized, .timeLimit(.minutes(2))) struct FanOutTests {
        @Test("a hundred open streams each get every incident, the last one within a second")
        func hundred() async throws {
            let boards = 100, presses = isFull ? 50 : 10
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: presses, seed: 1))
            try await hub.start(seconds: 60)
            let generator = try Generator(hub: hub, residents: presses, background: 0, record: hub.folder + "/acknowledged")
            var streams = try (0..<boards).map { _ in try Listener(port: hub.httpPort, token: hub.token) }
            defer { for stream in streams { close(stream.descriptor) } }
            _ = try FanOutTests.listen(&streams, until: "event: hello", seconds: 20)
            var each: [Int64] = [], last: [Int64] = []
            for index in 0..<presses {
                let begun = microseconds()
                generator.press(index, "safety.sos")
                let arrivals = try FanOutTests.listen(&streams, until: "\"home\":\"\(homeName(index))\"", seconds: 20).map { $0 - begun }
                each += arrivals
                last.append(arrivals.max() ?? .max)
            }
            figure("SOS published to each of \(boards) open streams, \(presses) times: \(percentiles(each))")
            figure("SOS published to the last of \(boards) open streams, \(presses) times: \(percentiles(last))")
            #expect(each.count == boards * presses)
            // The short form is for a debug build on a machine that does other things too.
            #expect(percentile(last, 0.99) <= (isFull ? 1_000_000 : 5_000_000))
            try await generator.stop()
            try await hub.stop()
        }

        @Test("a hundred open streams don't slow the way from a reading to its queue", .timeLimit(.minutes(10)))
        func besides() async throws {
            // Rounds of both in turn, on one hub under one load: what else the machine does falls on both. Each other pair the other
            // way round, so that a hub that grows doesn't either.
            let boards = 100, rounds = isFull ? 6 : 2, perRound = isFull ? 150 : 30
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: rounds * perRound * 2, seed: 1))
            try await hub.start(seconds: 120)
            let upstream = try hub.subscriber()
            let generator = try Generator(hub: hub, residents: rounds * perRound * 2, background: 0, record: hub.folder + "/acknowledged")
            var with: [Int64] = [], without: [Int64] = []
            var next = 0
            for round in 0..<rounds {
                for isWatched in round.isMultiple(of: 2) ? [false, true] : [true, false] {
                    var streams = isWatched ? try (0..<boards).map { _ in try Listener(port: hub.httpPort, token: hub.token) } : []
                    defer { for stream in streams { close(stream.descriptor) } }
                    _ = try FanOutTests.listen(&streams, until: "event: hello", seconds: 20)
                    let drain = Drain(streams.map(\.descriptor))
                    var before: [String: Int64] = [:]
                    let begun = ContinuousClock.now
                    for place in 0..<perRound {
                        try await Task.sleep(until: begun + .milliseconds(25 * place), clock: .continuous)
                        before["\(homeName(next))-r"] = microseconds()
                        generator.press(next, "safety.sos")
                        next += 1
                    }
                    let wanted = next
                    #expect(try await eventually(seconds: 60) { Set(upstream.incidents.filter { $0.incident.kind == "safety.sos" }.compactMap(\.incident.resident)).count >= wanted })
                    let taken = LatencyTests.first(upstream.incidents, before)
                    #expect(taken.count == perRound)
                    if isWatched { with += taken } else { without += taken }
                    try await drain.stop()
                    #expect(!isWatched || drain.bytes > boards * perRound * 200, "the streams carried \(drain.bytes) bytes")
                }
            }
            figure("reading to queue without streams, \(without.count) times: \(percentiles(without))")
            figure("reading to queue with \(boards) open streams, \(with.count) times: \(percentiles(with))")
            figure("the same as a ratio: p50 \(String(format: "%.2f", Double(percentile(with, 0.5)) / Double(max(1, percentile(without, 0.5))))), p99 \(String(format: "%.2f", Double(percentile(with, 0.99)) / Double(max(1, percentile(without, 0.99)))))")
            // At a few milliseconds a tenth is less than what one synced write differs from the next: two of them are allowed.
            let allowed = max(percentile(without, 0.99) * 11 / 10, percentile(without, 0.99) + (isFull ? 2_000 : 1_000_000))
            #expect(percentile(with, 0.99) <= allowed)
            try await generator.stop()
            try await upstream.stop()
            try await hub.stop()
        }

        /// Reads what open streams say and throws it away, until it is told to stop: on a thread of its own, a few times a second and at
        /// the lowest priority, for the screens of a station have processors of their own.
        final class Drain: Sendable {
            private let state = Mutex((isStopping: false, hasEnded: false, bytes: 0))

            init(_ descriptors: [Int32]) {
                Thread.detachNewThread { [self] in
                    _ = nice(19)
                    var buffer = [UInt8](repeating: 0, count: 65_536)
                    while !state.withLock({ $0.isStopping }) {
                        for descriptor in descriptors {
                            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                            if count > 0 { state.withLock { $0.bytes += count } }
                        }
                        usleep(100_000)
                    }
                    state.withLock { $0.hasEnded = true }
                }
            }

            var bytes: Int { state.withLock { $0.bytes } }

            func stop() async throws {
                state.withLock { $0.isStopping = true }
                _ = try await eventually(seconds: 5) { state.withLock { $0.hasEnded } }
            }
        }

        /// One open stream and what came of it.
        struct Listener {
            let descriptor: Int32
            var text = ""

            init(port: UInt16, token: String) throws {
                descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
                guard withLoopback(port, { connect(descriptor, $0, $1) }) == 0 else { throw KitFailure("nothing listens on \(port)") }
                let request = Array("GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAuthorization: Bearer \(token)\r\n\r\n".utf8)
                guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { throw KitFailure("the request did not leave") }
            }

            /// Takes what is there without waiting.
            mutating func take() {
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count > 0 { text += String(decoding: buffer[..<count], as: UTF8.self) }
            }
        }

        /// Waits until every stream has said something; what was said before it is forgotten.
        ///
        /// - Returns: when each was heard, by `microseconds()`.
        static func listen(_ streams: inout [Listener], until mark: String, seconds: Double) throws -> [Int64] {
            var waiting = Set(streams.indices)
            var heard: [Int64] = []
            let deadline = microseconds() + Int64(seconds * 1_000_000)
            while !waiting.isEmpty, microseconds() < deadline {
                // The kernel says which have something: a hundred that are asked in turn would take a processor.
                var polls = waiting.map { pollfd(fd: streams[$0].descriptor, events: Int16(POLLIN), revents: 0) }
                guard poll(&polls, nfds_t(polls.count), 20) > 0 else { continue }
                let ready = Set(polls.lazy.filter { $0.revents != 0 }.map(\.fd))
                for index in waiting where ready.contains(streams[index].descriptor) {
                    streams[index].take()
                    guard streams[index].text.contains(mark) else { continue }
                    streams[index].text = ""
                    waiting.remove(index)
                    heard.append(microseconds())
                }
            }
            guard waiting.isEmpty else { throw KitFailure("\(waiting.count) streams never said \(mark)") }
            return heard
        }
    }
}
