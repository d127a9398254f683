import Synchronization

/// Counts what may be open at one time, and refuses the next one.
final class Admission: Sendable {
    /// One place, given back when the last reference goes.
    final class Place: Sendable {
        private let admission: Admission
        fileprivate init(_ admission: Admission) { self.admission = admission }
        deinit { admission.count.withLock { $0 -= 1 } }
    }

    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    var open: Int { count.withLock { $0 } }

    /// - Returns: nil when every place is taken.
    func enter() -> Place? {
        let isAdmitted = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        return isAdmitted ? Place(self) : nil
    }
}
