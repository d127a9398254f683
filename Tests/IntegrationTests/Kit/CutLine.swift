import Foundation
import Glibc
import Synchronization

/// A line to a port of 127.0.0.1 that can be cut and mended: a browser's way to the hub.
final class CutLine: Sendable {
    private struct State {
        var isCut = false
        var isStopping = false
        var open: Set<Int32> = []
    }

    let port: UInt16
    private let target: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    init(to target: UInt16) throws {
        self.target = target
        var bound: (Int32, UInt16)?
        for _ in 0..<20 where bound == nil {
            let port = freePort()
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            if withLoopback(port, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 64) == 0 { bound = (descriptor, port) } else { Glibc.close(descriptor) }
        }
        guard let bound else { throw KitFailure("no port for a line") }
        (listener, port) = bound
        Thread.detachNewThread { [self] in accept() }
    }

    /// Ends every connection and, until it is mended, each new one.
    func cut() {
        state.withLock { state in
            state.isCut = true
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    func mend() { state.withLock { $0.isCut = false } }

    func stop() {
        state.withLock { $0.isStopping = true }
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while !state.withLock({ $0.isStopping }) {
            let near = Glibc.accept(listener, nil, nil)
            guard near >= 0 else { continue }
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard !state.withLock({ $0.isCut }), withLoopback(target, { connect(far, $0, $1) }) == 0 else {
                Glibc.close(near)
                Glibc.close(far)
                continue
            }
            for descriptor in [near, far] {
                var yes: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            }
            state.withLock { state in
                state.open.formUnion([near, far])
                // Cut between the two looks: this connection ends like the others.
                if state.isCut { for descriptor in [near, far] { shutdown(descriptor, Int32(SHUT_RDWR)) } }
            }
            Thread.detachNewThread { [self] in carry(near, far) }
        }
        Glibc.close(listener)
    }

    /// Copies both ways until one side ends.
    private func carry(_ near: Int32, _ far: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        copying: while true {
            var both = [pollfd(fd: near, events: Int16(POLLIN), revents: 0), pollfd(fd: far, events: Int16(POLLIN), revents: 0)]
            guard poll(&both, 2, -1) > 0 else { continue }
            for (from, to) in [(0, far), (1, near)] where both[from].revents != 0 {
                let count = recv(both[from].fd, &buffer, buffer.count, 0)
                guard count > 0 else { break copying }
                var sent = 0
                while sent < count {
                    let more = buffer.withUnsafeBytes { send(to, $0.baseAddress?.advanced(by: sent), count - sent, Int32(MSG_NOSIGNAL)) }
                    guard more > 0 else { break copying }
                    sent += more
                }
            }
        }
        state.withLock { state in
            state.open.subtract([near, far])
            Glibc.close(near)
            Glibc.close(far)
        }
    }
}
