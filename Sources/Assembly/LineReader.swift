import Foundation
import Glibc

/// Reads lines of a file or of standard input, of any size, a block at a time.
public struct LineReader {
    /// A longer line is given in pieces of this size, so that a file without line feeds fills no memory.
    static let lineBytesMax = 32 << 20

    private let file: UnsafeMutablePointer<FILE>
    public let bytesTotal: Int64?
    public private(set) var bytesRead: Int64 = 0

    /// - Parameter path: `-` is standard input.
    public init(_ path: String) throws {
        if path == "-" {
            guard let input = fdopen(dup(0), "r") else { throw Gateway.StartFailure(description: "standard input can't be read") }
            file = input
            bytesTotal = nil
            return
        }
        guard let opened = fopen(path, "r") else { throw Gateway.StartFailure(description: "\(path): \(String(cString: strerror(errno)))") }
        file = opened
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        bytesTotal = (attributes?[.size] as? NSNumber)?.int64Value
    }

    /// The next line without its line feed; nil at the end.
    public mutating func next() -> [UInt8]? {
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(buffer) }
        let count = getline(&buffer, &capacity, file)
        guard count > 0, let buffer else { return nil }
        bytesRead += Int64(count)
        return buffer.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
            var length = count
            if bytes[length - 1] == 0x0A { length -= 1 }
            if length > 0, bytes[length - 1] == 0x0D { length -= 1 }
            return Array(UnsafeBufferPointer(start: bytes, count: length))
        }
    }

    public func close() { fclose(file) }
}

/// Standard output in large blocks.
public struct Output {
    private var buffer: [UInt8] = []
    private let descriptor: Int32

    /// - Parameter descriptor: an open file; 1 is standard output.
    public init(_ descriptor: Int32 = 1) { self.descriptor = descriptor }

    public mutating func write(_ bytes: some Collection<UInt8>) {
        buffer.append(contentsOf: bytes)
        if buffer.count > 1 << 16 { flush() }
    }

    public mutating func line(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        write([0x0A])
    }

    public mutating func flush() {
        buffer.withUnsafeBytes { bytes in
            var rest = bytes
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, start, rest.count)
                if count < 0, errno == EINTR { continue }
                // A reader that went away wants no more.
                guard count > 0 else { break }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Says something to the person at the terminal, on standard error.
public func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// One line that shows how far a long job is; nothing where standard error is no terminal.
struct Progress {
    private let what: String
    private let isShown = isatty(2) == 1
    private var shownAt = ContinuousClock.now

    init(_ what: String) { self.what = what }

    mutating func show(_ done: Int64, of total: Int64?, _ detail: @autoclosure () -> String, isLast: Bool = false) {
        guard isShown, isLast || ContinuousClock.now - shownAt > .milliseconds(200) else { return }
        shownAt = .now
        var bar = ""
        if let total, total > 0 {
            let filled = Int(min(40, done * 40 / total))
            bar = " [" + String(repeating: "█", count: filled) + String(repeating: "·", count: 40 - filled) + "] \(min(100, done * 100 / total)) %"
        }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(what)\(bar) \(detail())\(isLast ? "\n" : "")".utf8))
    }
}
