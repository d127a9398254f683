import Glibc

/// Whether a port can be had, and who has it.
public enum PortCheck {
    /// For instance "port 8080 is taken by nginx (process 812)"; nil when the port can be had.
    ///
    /// - Parameter address: numeric; another one is not looked at.
    public static func occupant(address: String, port: UInt16) -> String? {
        guard case .portTaken(_, let owner) = problem(address: address, port: port) else { return nil }
        return "port \(port) is taken by \(owner)"
    }

    /// nil when the port is free.
    static func problem(address: String, port: UInt16) -> BrokerProblem? {
        withAddress(address, port) { family, pointer, size -> BrokerProblem? in
            let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            guard bind(descriptor, pointer, size) != 0 || listen(descriptor, 1) != 0 else { return nil }
            if errno == EADDRINUSE { return .portTaken(port: port, by: owner(port) ?? "another program") }
            return .addressRefused(address: address, port: port, cause: TextFile.systemError())
        } ?? .addressRefused(address: address, port: port, cause: "not a numeric address")
    }

    /// Whether something accepts connections there now.
    static func isListening(address: String, port: UInt16) -> Bool {
        let target = address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address
        return withAddress(target, port) { family, pointer, size in
            let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            return connect(descriptor, pointer, size) == 0
        } ?? false
    }

    private static func withAddress<T>(_ address: String, _ port: UInt16, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> T) -> T? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, String(port), &hints, &list) == 0, let entry = list else { return nil }
        defer { freeaddrinfo(list) }
        guard let pointer = entry.pointee.ai_addr else { return nil }
        return body(entry.pointee.ai_family, pointer, entry.pointee.ai_addrlen)
    }

    /// For instance "mosquitto (process 812)"; nil when the kernel doesn't tell us.
    static func owner(_ port: UInt16) -> String? {
        let sockets = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { inode(port, $0) }
        guard !sockets.isEmpty, let processes = opendir("/proc") else { return nil }
        defer { closedir(processes) }
        while let entry = readdir(processes) {
            guard let process = Int32(TextFile.name(of: entry)), holds(process, sockets) else { continue }
            let program = TextFile.read("/proc/\(process)/comm")?.split(separator: "\n").first ?? "a program"
            return "\(program) (process \(process))"
        }
        return nil
    }

    private static func inode(_ port: UInt16, _ table: String) -> String? {
        guard let text = TextFile.read(table, bytesMax: 16 * 1_048_576) else { return nil }
        let hex = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - hex.count) + hex
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            // 0A is LISTEN.
            if fields.count > 9, fields[1].hasSuffix(suffix), fields[3] == "0A" { return "socket:[\(fields[9])]" }
        }
        return nil
    }

    private static func holds(_ process: Int32, _ sockets: [String]) -> Bool {
        guard let folder = opendir("/proc/\(process)/fd") else { return false }
        defer { closedir(folder) }
        var target = [CChar](repeating: 0, count: 64)
        while let entry = readdir(folder) {
            let count = readlink("/proc/\(process)/fd/\(TextFile.name(of: entry))", &target, 63)
            guard count > 0 else { continue }
            let text = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if sockets.contains(text) { return true }
        }
        return false
    }
}
