import Foundation
import Glibc
import Synchronization

/// A bare HTTP/1.1 client on one kept-alive socket: independent of everything that the hub is built with.
///
/// - Note: one thread owns it.
final class HTTPLine {
    struct Answer {
        var status: Int
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let port: UInt16
    private let token: String
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []

    init(port: UInt16, token: String) { (self.port, self.token) = (port, token) }

    deinit { hangUp() }

    func get(_ path: String, seconds: Int = 20) throws -> Answer { try call("GET", path, "", seconds) }
    func post(_ path: String, _ body: String = "", seconds: Int = 20) throws -> Answer { try call("POST", path, body, seconds) }
    func delete(_ path: String, seconds: Int = 20) throws -> Answer { try call("DELETE", path, "", seconds) }

    func hangUp() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        buffer = []
    }

    private func call(_ method: String, _ path: String, _ body: String, _ seconds: Int) throws -> Answer {
        do {
            if descriptor < 0 { try dial() }
            var limit = timeval(tv_sec: seconds, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Authorization: Bearer \(token)"]
            if method == "POST" {
                if !body.isEmpty { lines.append("Content-Type: application/json") }
                lines.append("Content-Length: \(body.utf8.count)")
            }
            let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
            guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { throw KitFailure("the request did not leave") }
            return try answer()
        } catch {
            hangUp()
            throw error
        }
    }

    private func dial() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard withLoopback(port, { connect(descriptor, $0, $1) }) == 0 else { throw KitFailure("nothing listens on \(port)") }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    private func answer() throws -> Answer {
        let head = try take(through: Array("\r\n\r\n".utf8))
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { throw KitFailure("no status line") }
        var length = 0, isChunked = false
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            guard parts.count == 2 else { continue }
            if parts[0] == "content-length" { length = Int(parts[1]) ?? 0 }
            if parts[0] == "transfer-encoding" { isChunked = parts[1] == "chunked" }
        }
        guard isChunked else { return Answer(status: status, body: try take(count: length)) }
        var body: [UInt8] = []
        while true {
            let line = String(decoding: try take(through: Array("\r\n".utf8)).dropLast(2), as: UTF8.self)
            guard let size = Int(line.prefix { $0 != ";" }, radix: 16) else { throw KitFailure("no chunk: \(line)") }
            body += try take(count: size)
            _ = try take(count: 2)
            if size == 0 { return Answer(status: status, body: body) }
        }
    }

    private func take(count: Int) throws -> [UInt8] {
        while buffer.count < count { try receive() }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func take(through mark: [UInt8]) throws -> [UInt8] {
        var searched = 0
        while true {
            while searched + mark.count <= buffer.count {
                if buffer[searched..<searched + mark.count].elementsEqual(mark) { return try take(count: searched + mark.count) }
                searched += 1
            }
            try receive()
        }
    }

    private func receive() throws {
        var bytes = [UInt8](repeating: 0, count: 262_144)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { throw KitFailure(count == 0 ? "the hub closed the connection" : "no answer: \(String(cString: strerror(errno)))") }
        buffer += bytes[..<count]
    }
}
