import CMosquitto
import Glibc
import Synchronization

/// Ends a `poll` from another thread: an eventfd that coalesces signals.
public final class Wake: Sendable {
    /// Readable after `signal` until `clear`.
    public let fileDescriptor: Int32
    private let isSignalled = Atomic<Bool>(false)

    /// Traps when the process has no file descriptor left: nothing works from there.
    public init() {
        fileDescriptor = vigil_eventfd()
        guard fileDescriptor >= 0 else { fatalError("eventfd: no file descriptor left") }
    }

    deinit { close(fileDescriptor) }

    /// May be called from any thread; costs a system call only for the first signal after a `clear`.
    public func signal() {
        guard !isSignalled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var one: UInt64 = 1
        _ = write(fileDescriptor, &one, 8)
    }

    /// By the waiting thread, when `poll` said readable, and before it looks at what the signals were about.
    public func clear() {
        var count: UInt64 = 0
        _ = read(fileDescriptor, &count, 8)
        _ = isSignalled.exchange(false, ordering: .acquiringAndReleasing)
    }
}

/// Microseconds of the boot's monotonic clock; for time-outs, never for records.
public func monotonicMicroseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
}

/// Runs `body` on a new detached thread named `name` (at most 15 bytes count).
///
/// - Note: a plain thread, because libmosquitto blocks and its loop must not share a pool.
public func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 512 * 1_024)
    var thread = pthread_t()
    let start = Unmanaged.passRetained(ThreadStart(name, body))
    let code = pthread_create(&thread, &attributes, runThread, start.toOpaque())
    pthread_attr_destroy(&attributes)
    guard code == 0 else { fatalError("no thread can be started: error \(code)") }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    vigil_name_thread(start.name)
    start.body()
    return nil
}
