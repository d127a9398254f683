import Foundation
import Testing

/// Reads the undefined symbols of the pure rooms' object files: what a room calls that it does not define.
@Suite struct PurityTests {
    static let rooms = [
        "CareModel", "Decoding", "Detection", "Escalation", "Formats", "GatewayCore", "Sequencer", "Assurance", "Simulation", "Onboarding",
    ]

    /// C symbols that a pure room may use: what the compiler itself emits.
    static let allowed: Set<String> = [
        "_GLOBAL_OFFSET_TABLE_", "memcpy", "memmove", "memset", "memcmp", "bzero", "strlen", "__stack_chk_fail", "__muloti4", "__divti3", "__udivti3",
        "__umodti3", "__modti3", "abort",
        // IEEE 754 says to the last bit what a square root is: the same on every machine, unlike exp and its kin.
        "sqrt",
        // The standard library asks it when an array grows.
        "malloc_usable_size",
        // IEEE 754 rounds these exactly: the same bits on every machine. What lies behind `exp`, `log`, `sin` or `pow` differs.
        "sqrt", "floor", "ceil", "round", "rint", "trunc",
    ]

    /// Swift modules and declarations that bring in the outside.
    static let banned = [
        "$s10Foundation": "Foundation", "$s20FoundationEssentials": "Foundation", "$s5Glibc": "the C library", "$s8Dispatch": "Dispatch",
        "$s15Synchronization": "locks and atomics", "$sScT": "tasks", "$sScM": "the main actor", "$s12_Concurrency": "concurrency",
        "$s18_StringProcessing": "Regex", "$ss27SystemRandomNumberGenerator": "randomness", "$ss5print": "print", "$ss8readLine": "standard input",
        "$ss15ContinuousClock": "a clock", "$ss15SuspendingClock": "a clock",
    ]

    @Test("a pure room calls nothing of the outside: no I/O, clock, randomness, locks, Foundation or transcendental functions", arguments: rooms)
    func purity(room: String) throws {
        let objects = try objectFiles(of: room)
        #expect(!objects.isEmpty, "no object files of \(room) beside the test binary")
        for object in objects {
            for symbol in try undefinedSymbols(of: object) {
                let name = object.lastPathComponent
                for (prefix, what) in PurityTests.banned where symbol.hasPrefix(prefix) {
                    Issue.record("\(room)/\(name) uses \(what): \(symbol)")
                }
                let isSwift = symbol.hasPrefix("$s") || symbol.hasPrefix("swift_") || symbol.hasPrefix("_swift") || symbol.hasPrefix("__swift")
                if !isSwift, !PurityTests.allowed.contains(symbol) { Issue.record("\(room)/\(name) calls \(symbol)") }
            }
        }
    }

    @Test("the symbol reader sees a forbidden call where there is one")
    func readerSeesCalls() throws {
        let own = try objectFiles(of: "TidyTests").flatMap { try undefinedSymbols(of: $0) }
        #expect(own.contains { $0.hasPrefix("$s10Foundation") })
    }

    private func objectFiles(of room: String) throws -> [URL] {
        let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let folder = binary.deletingLastPathComponent().appending(path: "\(room).build")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).filter { $0.pathExtension == "o" }
    }

    private func undefinedSymbols(of object: URL) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["nm", "-u", object.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
    }
}
