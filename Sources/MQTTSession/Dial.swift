import CMosquitto
import Glibc
import Synchronization

/// One attempt to connect, on a thread of its own: address look-up, TCP and TLS may all block.
///
/// `@unchecked Sendable` because the handle has one user at a time: this thread until `outcome` is set, the
/// session's afterwards. If the session goes away first, whoever comes last destroys the handle.
final class Dial: @unchecked Sendable {
    enum Progress { case running, finished(Outcome), orphaned }
    struct Outcome { var code: Int32; var errorNumber: Int32; var probe: String? }

    private let handle: SessionHandle
    private let configuration: SessionConfiguration
    private let wake: Wake
    private let progress = Mutex(Progress.running)

    init(_ handle: SessionHandle, _ configuration: SessionConfiguration, wake: Wake) {
        (self.handle, self.configuration, self.wake) = (handle, configuration, wake)
    }

    func start() { startThread("vigil-dial") { self.run() } }

    /// nil while it runs.
    var outcome: Outcome? {
        progress.withLock { if case .finished(let outcome) = $0 { outcome } else { nil } }
    }

    /// The session doesn't wait any longer. Returns whether the handle is free to be destroyed now.
    func abandon() -> Bool {
        progress.withLock {
            if case .finished = $0 { return true }
            $0 = .orphaned
            return false
        }
    }

    private func run() {
        var outcome = Outcome(code: 0, errorNumber: 0, probe: nil)
        if !configuration.isLoopback {
            outcome.probe = probe(configuration.host, configuration.port, secondsMax: configuration.connectSecondsMax)
        }
        if outcome.probe == nil {
            outcome.code = connect()
            outcome.errorNumber = errno
        }
        let isOrphan = progress.withLock {
            if case .orphaned = $0 { return true }
            $0 = .finished(outcome)
            return false
        }
        if isOrphan { handle.destroy() }
        wake.signal()
    }

    private func connect() -> Int32 {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if configuration.isPersistent {
            let code = mosquitto_property_add_int32(&properties, Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue), .max)
            guard code == 0 else { return code }
        }
        let code = mosquitto_property_add_int16(&properties, Int32(MQTT_PROP_RECEIVE_MAXIMUM.rawValue), configuration.receiveMaximum)
        guard code == 0 else { return code }
        let connected = mosquitto_connect_bind_v5(
            handle.pointer, configuration.host, Int32(configuration.port), Int32(configuration.keepAliveSeconds), nil, properties)
        guard connected == 0, configuration.tls != nil else { return connected }
        return finishHandshake()
    }

    /// libmosquitto continues a TLS handshake in its own loop only. That loop is safe exactly until CONNECT has
    /// left: before it the broker sends no message, so there is no acknowledgement that could leave too early.
    private func finishHandshake() -> Int32 {
        let deadline = monotonicMicroseconds() + Int64(configuration.connectSecondsMax) * 1_000_000
        while mosquitto_want_write(handle.pointer) {
            guard monotonicMicroseconds() < deadline else { return ReturnCode.timeout.rawValue }
            let code = mosquitto_loop(handle.pointer, 100, 1)
            guard code == 0 else { return code }
        }
        return 0
    }
}

/// Whether the host takes a TCP connection, found out within a time limit, which libmosquitto's own connect lacks.
///
/// - Returns: nil, or what is wrong.
private func probe(_ host: String, _ port: UInt16, secondsMax: Int) -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else { return String(cString: gai_strerror(code)) }
    defer { freeaddrinfo(list) }
    let deadline = monotonicMicroseconds() + Int64(secondsMax) * 1_000_000
    var complaint = "no address"
    var next = list
    while let entry = next {
        next = entry.pointee.ai_next
        let left = (deadline - monotonicMicroseconds()) / 1_000
        guard left > 0 else { return "no answer within \(secondsMax) s" }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(entry.pointee.ai_family, type, 0)
        guard descriptor >= 0 else { complaint = String(cString: strerror(errno)); continue }
        defer { close(descriptor) }
        if connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 { return nil }
        guard errno == EINPROGRESS else { complaint = String(cString: strerror(errno)); continue }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, Int32(left)) == 1 else { complaint = "no answer within \(secondsMax) s"; continue }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
        if failure == 0 { return nil }
        complaint = String(cString: strerror(failure))
    }
    return complaint
}
