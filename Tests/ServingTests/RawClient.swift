import Foundation
import Synchronization
import Testing

/// A bare HTTP client on a socket: sees the bytes of a stream as they come, and can vanish without a word.
final class RawClient: Sendable {
    private let descriptor: Int32
    private let received = Mutex("")
    private let isOver = Mutex(false)

    /// - Parameters:
    ///   - posted: the body of a POST; nil = GET.
    ///   - takes: whether it reads what it is sent.
    init(port: Int, path: String, token: String? = "token-administrator", headers: [String] = [], posted: String? = nil, takes: Bool = true) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        try #require(connected == 0)
        let length = posted.map { ["Content-Type: application/json", "Content-Length: \($0.utf8.count)"] } ?? []
        let lines = ["\(posted == nil ? "GET" : "POST") \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + length + (token.map { ["Authorization: Bearer \($0)"] } ?? []) + headers
        let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (posted ?? "")).utf8)
        try #require(send(descriptor, request, request.count, 0) == request.count)
        guard takes else { return }
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                let text = String(decoding: buffer[..<count], as: UTF8.self)
                received.withLock { $0 += text }
            }
            isOver.withLock { $0 = true }
        }
    }

    /// Everything so far, chunk marks of the transfer coding included.
    var text: String { received.withLock { $0 } }
    var hasEnded: Bool { isOver.withLock { $0 } }

    /// The `id:` lines in the order in which they came, of incident messages only.
    var incidentIDs: [String] {
        text.components(separatedBy: "id: ").dropFirst().compactMap { part in
            let lines = part.components(separatedBy: "\n")
            return lines.count > 1 && lines[1] == "event: incident" ? lines[0] : nil
        }
    }

    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }
}
