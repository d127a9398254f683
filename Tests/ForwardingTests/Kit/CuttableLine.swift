import Glibc
import MQTTSession
import Synchronization

/// A TCP line from one port of 127.0.0.1 to another that a test can cut or let go dead.
final class CuttableLine: Sendable {
    enum Condition: Sendable { case whole, cut, dead }

    let port: UInt16
    private let target: UInt16
    private let listener: Int32
    private struct State {
        var condition = Condition.whole
        var pairs: [(Int32, Int32)] = []
        var isStopping = false
    }
    private let state = Mutex(State())

    init(to target: UInt16) throws {
        self.target = target
        port = freePorts(1)[0]
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        let code = withLoopback(port) { bind(listener, $0, $1) }
        guard code == 0, listen(listener, 16) == 0 else { throw KitFailure("no port for a line") }
        startThread("line") { [self] in carry() }
    }

    func stop() { state.withLock { $0.isStopping = true } }

    /// Cut: connections break and new ones are refused at once. Dead: nothing moves, and nobody is told.
    func become(_ condition: Condition) {
        state.withLock { state in
            state.condition = condition
            guard condition == .cut else { return }
            for pair in state.pairs { for socket in [pair.0, pair.1] { shutdown(socket, Int32(SHUT_RDWR)) } }
        }
    }

    private func carry() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let (pairs, condition, isStopping) = state.withLock { ($0.pairs, $0.condition, $0.isStopping) }
            if isStopping { break }
            var descriptors = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            if condition != .dead { descriptors += pairs.flatMap { [pollfd(fd: $0.0, events: Int16(POLLIN), revents: 0), pollfd(fd: $0.1, events: Int16(POLLIN), revents: 0)] } }
            guard poll(&descriptors, nfds_t(descriptors.count), 20) > 0 else { continue }
            if descriptors[0].revents != 0 {
                let near = accept(listener, nil, nil)
                if condition == .whole, let far = dial(target) {
                    state.withLock { $0.pairs.append((near, far)) }
                } else if condition == .dead {
                    state.withLock { $0.pairs.append((near, socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))) }
                } else {
                    close(near)
                }
            }
            var ended: [Int32] = []
            for (index, descriptor) in descriptors.enumerated().dropFirst() where descriptor.revents != 0 {
                let pair = pairs[(index - 1) / 2]
                let (from, to) = index % 2 == 1 ? (pair.0, pair.1) : (pair.1, pair.0)
                let count = read(from, &buffer, buffer.count)
                var sent = 0
                while count > 0, sent < count {
                    let part = buffer.withUnsafeBytes { send(to, $0.baseAddress?.advanced(by: sent), count - sent, Int32(MSG_NOSIGNAL)) }
                    if part <= 0 { break }
                    sent += part
                }
                if count <= 0 || sent < count { ended.append(pair.0) }
            }
            guard !ended.isEmpty else { continue }
            state.withLock { state in
                for pair in state.pairs where ended.contains(pair.0) {
                    close(pair.0)
                    close(pair.1)
                }
                state.pairs.removeAll { ended.contains($0.0) }
            }
        }
        close(listener)
        state.withLock { state in
            for pair in state.pairs {
                close(pair.0)
                close(pair.1)
            }
            state.pairs = []
        }
    }
}
