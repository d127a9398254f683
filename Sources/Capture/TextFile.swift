import Glibc

/// Small files, read whole and replaced whole.
enum TextFile {
    /// - Returns: nil when the file is absent, unreadable, longer than `bytesMax` or not UTF-8.
    static func read(_ path: String, bytesMax: Int = 1_048_576) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        var whole: [UInt8] = []
        while true {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            guard count >= 0 else { return nil }
            if count == 0 { return String(validating: whole, as: UTF8.self) }
            whole += bytes[..<count]
            guard whole.count <= bytesMax else { return nil }
        }
    }

    /// Writes beside, syncs and renames: the file is the old or the new one, never half of either.
    ///
    /// - Returns: nil, or the system's error.
    static func replace(_ path: String, _ text: String, mode: mode_t) -> String? {
        let beside = path + ".new"
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return systemError() }
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { let cause = systemError(); close(descriptor); unlink(beside); return cause }
            written += count
        }
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else {
            let cause = systemError(); close(descriptor); unlink(beside); return cause
        }
        close(descriptor)
        return rename(beside, path) == 0 ? nil : systemError()
    }

    static func systemError() -> String { String(cString: strerror(errno)) }

    static func sizeBytes(_ path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }

    /// The name of a folder's entry.
    static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
    }
}
