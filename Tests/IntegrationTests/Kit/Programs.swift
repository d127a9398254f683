import Foundation
import Glibc
// Every file of these tests uses it.
@_exported import TestSupport

/// Runs a program to its end.
func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], seconds: Double = 60
) async throws -> (status: Int32?, output: [UInt8]) {
    let file = NSTemporaryDirectory() + "vigil-run-\(UUID().uuidString)"
    defer { unlink(file) }
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let process = try spawn(program, arguments, environment: environment, output: file + ".err", outputDescriptor: descriptor)
    defer { unlink(file + ".err") }
    let status = try await end(of: process, seconds: seconds)
    let output = Array(FileManager.default.contents(atPath: file) ?? Data())
    if status != 0 {
        return (status, output + Array(FileManager.default.contents(atPath: file + ".err") ?? Data()))
    }
    return (status, output)
}

/// Looks at `condition` every `interval` until it holds; false when it never did.
func eventually(seconds: Double, every interval: Duration = .milliseconds(5), _ condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        try await Task.sleep(for: interval)
    }
    return try condition()
}

/// Microseconds of the clock by which the tests measure.
func microseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
}

/// Microseconds since 1970, by the machine's clock.
func wallMicroseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
}

/// A measured figure, in the form that scripts look for.
func figure(_ text: String) {
    FileHandle.standardOutput.write(Data("figure: \(text)\n".utf8))
}

/// "p50 3.1 ms, p99 8.0 ms, max 9.2 ms" of microseconds.
func percentiles(_ values: [Int64]) -> String {
    "p50 \(milliseconds(percentile(values, 0.5))), p99 \(milliseconds(percentile(values, 0.99))), max \(milliseconds(values.max() ?? 0))"
}

func percentile(_ values: [Int64], _ share: Double) -> Int64 {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}

func milliseconds(_ microseconds: Int64) -> String { String(format: "%.1f ms", Double(microseconds) / 1_000) }
