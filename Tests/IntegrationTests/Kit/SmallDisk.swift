import Foundation
import Glibc
import Testing

/// A small file system of a test's own, in memory.
final class SmallDisk: Sendable {
    let path: String
    private var filler: String { path + "/filler" }

    /// Ends the test where mounting is not permitted.
    init(megabytes: Int) async throws {
        path = NSTemporaryDirectory() + "vigil-disk-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let (status, output) = try await run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "vigil-test", path])
        if status != 0 {
            rmdir(path)
            try Test.cancel("a small disk can't be mounted here (it takes root): \(String(decoding: output, as: UTF8.self))")
        }
    }

    /// Leaves no byte free.
    func fill() {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let block = [UInt8](repeating: 1, count: 65_536)
        for size in [65_536, 4_096, 512, 1] { while write(descriptor, block, size) == size {} }
        close(descriptor)
    }

    func free() { unlink(filler) }

    func remove() {
        _ = umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }
}
