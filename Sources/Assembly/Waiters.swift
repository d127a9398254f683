import Synchronization

/// People and receivers who wait for what becomes of what they posted.
final class Waiters<Key: Hashable & Sendable, Answer: Sendable>: Sendable {
    /// How a wait ended.
    enum End: Sendable {
        case answered(Answer)
        /// Nothing was posted: the mailbox is full.
        case notPosted
        /// The turn could not be stored, or the hub stops.
        case abandoned
    }

    private struct State {
        var next: UInt64 = 0
        var waiting: [Key: [UInt64: CheckedContinuation<End, Never>]] = [:]
    }

    private let state = Mutex(State())

    /// Waits for the answer under `key`; several may wait under one.
    ///
    /// - Parameter post: runs once the wait is set up; false means that nothing was posted.
    func wait(for key: Key, posting post: () -> Bool) async -> End {
        await withCheckedContinuation { continuation in
            let number = state.withLock { state in
                state.next += 1
                state.waiting[key, default: [:]][state.next] = continuation
                return state.next
            }
            guard !post() else { return }
            let own = state.withLock { state in
                let own = state.waiting[key]?.removeValue(forKey: number)
                if state.waiting[key]?.isEmpty == true { state.waiting[key] = nil }
                return own
            }
            own?.resume(returning: .notPosted)
        }
    }

    /// Resumes everybody who waits under `key`.
    func answer(_ answer: Answer, to key: Key) { end(key, .answered(answer)) }

    /// What was posted under `key` will not be carried out.
    func abandon(_ key: Key) { end(key, .abandoned) }

    /// The hub stops: nobody will answer.
    func abandonAll() {
        let all = state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting.values.flatMap(\.values)
        }
        for continuation in all { continuation.resume(returning: .abandoned) }
    }

    private func end(_ key: Key, _ end: End) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: key) } ?? [:]
        for continuation in waiting.values { continuation.resume(returning: end) }
    }
}
