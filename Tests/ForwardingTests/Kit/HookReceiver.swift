import Foundation
import Glibc
import MQTTSession
import Synchronization

/// A webhook receiver on a port of 127.0.0.1 that does to each request what the test says.
final class HookReceiver: Sendable {
    enum Deed: Sendable {
        case answer(Int, headers: [String] = [], body: String = "")
        /// Reads the request and never answers.
        case hang
        /// Answers half of what it announced, then resets.
        case resetInBody
        /// Answers half of what it announced, then says nothing more.
        case hangInBody
        /// Takes the delivery, then the line breaks before the answer.
        case loseReply
        /// Breaks the line before anything is taken.
        case reset
        /// Answers with a body that never ends.
        case endless
    }

    struct Taken: Sendable {
        var headers: [String: String]
        var body: [UInt8]
        var requestLine: String
    }

    private struct State {
        var taken: [Taken] = []
        var isStopping = false
    }

    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())
    private let deed: @Sendable (Taken, Int) -> Deed

    /// - Parameter deed: gets a request and which one it is with its id, from 1.
    init(_ deed: @escaping @Sendable (Taken, Int) -> Deed) throws {
        self.deed = deed
        port = freePorts(1)[0]
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        let code = withLoopback(port) { bind(listener, $0, $1) }
        guard code == 0, listen(listener, 64) == 0 else { throw KitFailure("no port for a receiver") }
        startThread("receiver") { [self] in
            while !state.withLock({ $0.isStopping }) {
                var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, 50) > 0 else { continue }
                let socket = accept(listener, nil, nil)
                startThread("connection") { [self] in serve(socket) }
            }
            close(listener)
        }
    }

    func stop() { state.withLock { $0.isStopping = true } }

    var taken: [Taken] { state.withLock { $0.taken } }
    var ids: [String] { taken.map { $0.headers["webhook-id"] ?? "" } }

    private func serve(_ socket: Int32) {
        var buffer: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 16_384)
        defer { close(socket) }
        while !state.withLock({ $0.isStopping }) {
            if let (request, rest) = HookReceiver.parse(buffer) {
                buffer = rest
                let count = state.withLock { state in
                    state.taken.append(request)
                    return state.taken.count { $0.headers["webhook-id"] == request.headers["webhook-id"] }
                }
                guard carryOut(deed(request, count), socket) else { return }
                continue
            }
            var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 50) > 0 else { continue }
            let count = read(socket, &chunk, chunk.count)
            guard count > 0 else { return }
            buffer += chunk.prefix(count)
        }
    }

    /// - Returns: whether the connection goes on.
    private func carryOut(_ deed: Deed, _ socket: Int32) -> Bool {
        func say(_ text: String) -> Bool { send(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count }
        switch deed {
        case .answer(let status, let headers, let body):
            return say(["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"].joined(separator: "\r\n") + headers.map { "\r\n" + $0 }.joined() + "\r\n\r\n" + body)
        case .hang, .hangInBody:
            if case .hangInBody = deed { _ = say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") }
            while !state.withLock({ $0.isStopping }) {
                var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                var byte: UInt8 = 0
                if poll(&waiting, 1, 50) > 0, read(socket, &byte, 1) <= 0 { return false }
            }
            return false
        case .resetInBody:
            _ = say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            usleep(20_000)
            return reset(socket)
        case .loseReply, .reset:
            return reset(socket)
        case .endless:
            _ = say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            let part = "1000\r\n" + String(repeating: "x", count: 0x1000) + "\r\n"
            while say(part), !state.withLock({ $0.isStopping }) {}
            return false
        }
    }

    private func reset(_ socket: Int32) -> Bool {
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        return false
    }

    private static func parse(_ bytes: [UInt8]) -> (Taken, [UInt8])? {
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let length = Int(headers["content-length"] ?? "") ?? 0, start = end + 4
        guard bytes.count >= start + length else { return nil }
        return (Taken(headers: headers, body: Array(bytes[start..<start + length]), requestLine: lines[0]), Array(bytes[(start + length)...]))
    }
}
