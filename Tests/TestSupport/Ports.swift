import Glibc

/// A port of 127.0.0.1 that was free a moment ago, below the range from which the kernel takes ports for outgoing connections.
public func freePort() -> UInt16 { freePorts(1)[0] }

/// Several of them, each another one.
public func freePorts(_ count: Int) -> [UInt16] {
    var found: [UInt16] = []
    while found.count < count {
        let port = UInt16.random(in: 10_000...32_000)
        guard !found.contains(port) else { continue }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        if withLoopback(port, { bind(descriptor, $0, $1) }) == 0 { found.append(port) }
    }
    return found
}

/// Whether nothing listens on a port of 127.0.0.1 or of all addresses.
public func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    // What a broker that just ended leaves in TIME_WAIT is no listener.
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    return withLoopback(port) { bind(descriptor, $0, $1) } == 0
}

/// A connected socket to 127.0.0.1, or nil.
public func dial(_ port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard withLoopback(port, { connect(descriptor, $0, $1) }) == 0 else {
        close(descriptor)
        return nil
    }
    return descriptor
}

/// Gives the address of a port of 127.0.0.1 to what wants a pointer.
public func withLoopback<T>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}
