import Foundation
import Glibc
import Simulation
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
            try await FanOutTests.listen(&streams, until: "event: hello", seconds: 20)
            var last: [Int64] = []
            for index in 0..<presses {
                let begun = microseconds()
                generator.press(index, "safety.sos")
                try await FanOutTests.listen(&streams, until: "\"home\":\"\(homeName(index))\"", seconds: 20)
                last.append(microseconds() - begun)
            }
            figure("SOS published to the last of \(boards) open streams, \(presses) times: \(percentiles(last))")
            // The short form is for a debug build on a machine that does other things too.
            #expect(percentile(last, 0.99) <= (isFull ? 1_000_000 : 5_000_000))
            try await generator.stop()
            try await hub.stop()
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
        static func listen(_ streams: inout [Listener], until mark: String, seconds: Double) async throws {
            var waiting = Set(streams.indices)
            let isHeard = try await eventually(seconds: seconds, every: .milliseconds(1)) {
                for index in waiting {
                    streams[index].take()
                    guard streams[index].text.contains(mark) else { continue }
                    streams[index].text = ""
                    waiting.remove(index)
                }
                return waiting.isEmpty
            }
            guard isHeard else { throw KitFailure("\(waiting.count) streams never said \(mark)") }
        }
    }
}
