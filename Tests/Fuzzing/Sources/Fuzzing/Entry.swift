import Foundation
@testable import Decoding

/// One thing that is fuzzed: it traps where the code under test does something that it must not.
protocol FuzzTarget {
    static func run(_ input: [UInt8])
}

/// Says what is wrong with the current input and ends, so that libFuzzer keeps it.
func fault(_ text: @autoclosure () -> String) -> Never {
    FileHandle.standardError.write(Data("fault: \(text())\n".utf8))
    fatalError("fault")
}

func hold(_ condition: Bool, _ text: @autoclosure () -> String) { if !condition { fault(text()) } }

/// Which target runs, and the slowest input so far. libFuzzer calls from one thread.
nonisolated(unsafe) private var target: any FuzzTarget.Type = JSONTarget.self
nonisolated(unsafe) private var slowestNanoseconds: Int64 = 0
nonisolated(unsafe) private var slowestCount = 0
/// The limit: no input may take longer. VIGIL_FUZZ_MILLISECONDS_MAX sets another.
nonisolated(unsafe) private var nanosecondsMax: Int64 = 100_000_000

nonisolated(unsafe) private let targets: [String: any FuzzTarget.Type] = [
    "json": JSONTarget.self, "cbor": CBORTarget.self, "messagepack": MessagePackTarget.self, "protobuf": ProtobufTarget.self,
    "binary": BinaryTarget.self, "profile": ProfileTarget.self, "topic": TopicTarget.self, "story": StoryTarget.self,
]

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> CInt

/// Under this name the package manager expects the program's beginning.
@_cdecl("Fuzzing_main")
public func begin(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    prepare()
    var count = count, arguments = arguments
    return runDriver(&count, &arguments) { testOneInput($0, $1) }
}

private func prepare() {
    let environment = ProcessInfo.processInfo.environment
    guard let found = targets[environment["VIGIL_FUZZ_TARGET"] ?? ""] else {
        FileHandle.standardError.write(Data("VIGIL_FUZZ_TARGET must be one of \(targets.keys.sorted().joined(separator: " "))\n".utf8))
        exit(2)
    }
    target = found
    if let text = environment["VIGIL_FUZZ_MILLISECONDS_MAX"], let number = Int64(text) { nanosecondsMax = number * 1_000_000 }
    #if PLANTED
    plantedFault = environment["VIGIL_FUZZ_PLANT"].flatMap { Int($0) } ?? 0
    #endif
    // No single allocation, and not all together, may be over the limit: the system then refuses, and that is a crash.
    if let text = environment["VIGIL_FUZZ_MEBIBYTES_MAX"], let number = UInt(text) {
        var limit = rlimit(rlim_cur: number << 20, rlim_max: number << 20)
        setrlimit(__rlimit_resource_t(2), &limit)
    }
    // Loading profiles and the like is not the first input's.
    found.run([])
    atexit { FileHandle.standardError.write(Data("slowest: \(slowestNanoseconds / 1_000) us, \(slowestCount) bytes\n".utf8)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    var before = timespec(), after = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before)
    target.run(input)
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after)
    let nanoseconds = Int64(after.tv_sec - before.tv_sec) * 1_000_000_000 + Int64(after.tv_nsec - before.tv_nsec)
    if nanoseconds > slowestNanoseconds { (slowestNanoseconds, slowestCount) = (nanoseconds, count) }
    if nanoseconds > nanosecondsMax { fault("the input took \(nanoseconds / 1_000_000) ms of CPU, over the limit of \(nanosecondsMax / 1_000_000) ms") }
    return 0
}

/// What holds of every tree, whatever made it.
enum TreeCheck {
    static func check(_ tree: ValueTree, _ limits: DocumentLimits) {
        hold(!tree.nodes.isEmpty, "a document without a value")
        hold(tree.nodes.count <= limits.itemsMax, "\(tree.nodes.count) values")
        hold(tree.unescaped.count <= 64 * limits.bytesMax, "\(tree.unescaped.count) bytes of text beside \(tree.source.count) bytes of source")
        hold(node(tree, 0, depth: 1, limits) == tree.nodes.count, "the document doesn't end with its last value")
    }

    /// - Returns: the node behind this one.
    private static func node(_ tree: ValueTree, _ index: Int, depth: Int, _ limits: DocumentLimits) -> Int {
        let n = tree.nodes[index]
        hold(Int(n.next) > index && Int(n.next) <= tree.nodes.count, "node \(index) ends at \(n.next)")
        span(n.keyStart, n.keyCount, n.isKeyUnescaped ? tree.unescaped : tree.source, isText: true)
        hold(n.sourceStart >= 0 && n.sourceCount >= 0 && Int(n.sourceStart) + Int(n.sourceCount) <= tree.source.count, "node \(index) stands outside the source")
        switch n.sort {
        case .array, .object:
            hold(depth <= limits.depthMax, "\(depth) levels")
            var child = index + 1
            while child < Int(n.next) { child = node(tree, child, depth: depth + 1, limits) }
            hold(child == Int(n.next), "the last child of node \(index) ends outside it")
        case .string: span(n.start, n.count, n.isTextUnescaped ? tree.unescaped : tree.source, isText: true)
        case .bytes: span(n.start, n.count, n.isTextUnescaped ? tree.unescaped : tree.source, isText: false)
        case .number:
            span(n.start, n.count, n.isTextUnescaped ? tree.unescaped : tree.source, isText: true)
            // What a table gives has no text of its own.
            if n.count == 0 { break }
            let read = tree.withText(index) { DecimalNumber.whole($0, from: 0, to: $0.count) }
            hold(read == tree.number(index), "node \(index) is \(tree.number(index)) and reads \(tree.string(index))")
        case .null, .no, .yes: break
        }
        return Int(n.next)
    }

    private static func span(_ start: Int32, _ count: Int32, _ bytes: [UInt8], isText: Bool) {
        hold(start >= 0 && count >= 0 && Int(start) + Int(count) <= bytes.count, "a text stands outside its bytes")
        if isText {
            let text = Array(bytes[Int(start)..<Int(start) + Int(count)])
            hold(String(validating: text, as: UTF8.self) != nil, "a text that isn't UTF-8")
            hold(!text.contains(0), "a text with NUL")
        }
    }
}
