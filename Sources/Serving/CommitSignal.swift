import Synchronization

/// Wakes streams and long polls when new revisions were committed.
///
/// The sequencer's thread calls `committed()` after a transaction that holds incident revisions (not after
/// every one: each call wakes every stream). It never blocks and never runs a reader's code.
public final class CommitSignal: Sendable {
    private struct State {
        var generation: UInt64 = 0
        var isClosed = false
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct Waiter {
        var continuation: CheckedContinuation<Void, Never>
        var alarm: Task<Void, Never>?

        func resume() {
            alarm?.cancel()
            continuation.resume()
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// New revisions can be read.
    public func committed() { wake { $0.generation &+= 1 } }

    /// Ends every stream and long poll: call it when the hub begins to stop, or the server waits for its readers.
    public func close() { wake { $0.isClosed = true } }

    /// Counts commits; take it before reading, and wait for the next after an empty read.
    var generation: UInt64 { state.withLock { $0.generation } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Readers that wait now.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Returns when the generation is past `seen`, after `limit`, when closed, or when the task is cancelled.
    func wait(past seen: UInt64, for limit: Duration) async {
        guard limit > .zero else { return }
        let number = state.withLock { state in
            state.nextWaiter &+= 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    // What was committed, closed or cancelled before this place exists would not find it.
                    guard state.generation == seen, !state.isClosed, !Task.isCancelled else { return false }
                    state.waiters[number] = Waiter(continuation: continuation)
                    return true
                }
                guard mustWait else { return continuation.resume() }
                let alarm = Task { [weak self] in
                    do { try await Task.sleep(for: limit) } catch { return }
                    self?.release(number)
                }
                let isWaiting = state.withLock { state in
                    state.waiters[number]?.alarm = alarm
                    return state.waiters[number] != nil
                }
                if !isWaiting { alarm.cancel() }
            }
        } onCancel: {
            release(number)
        }
    }

    private func release(_ number: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }

    private func wake(_ change: (inout sending State) -> Void) {
        let woken = state.withLock { state in
            change(&state)
            let all = Array(state.waiters.values)
            state.waiters.removeAll(keepingCapacity: true)
            return all
        }
        for waiter in woken { waiter.resume() }
    }
}
