import MQTTSession
import Synchronization

/// A bounded queue into the loop from any thread: commands, delivery reports, audit entries.
///
/// Those who post never wait: a full mailbox says no, and the poster tries again or answers "busy".
public final class Mailbox<Letter: Sendable>: Sendable {
    public let limit: Int
    private let letters = Mutex<[Letter]>([])
    private let wake: Wake

    /// - Parameters:
    ///   - limit: letters that may lie here, at least 1.
    ///   - wake: the loop's; several mailboxes may share it.
    public init(limit: Int, wake: Wake) { (self.limit, self.wake) = (max(1, limit), wake) }

    /// - Returns: false when `limit` letters lie here already; the letter is not taken.
    public func post(_ letter: Letter) -> Bool {
        let isTaken = letters.withLock {
            guard $0.count < limit else { return false }
            $0.append(letter)
            return true
        }
        if isTaken { wake.signal() }
        return isTaken
    }

    /// Takes up to `max` letters in the order of their posting; wakes the loop again when some are left.
    public func take(max: Int = .max) -> [Letter] {
        let (taken, isMore) = letters.withLock { letters in
            if letters.count <= max {
                defer { letters.removeAll(keepingCapacity: letters.capacity <= 64) }
                return (letters, false)
            }
            let taken = Array(letters.prefix(max))
            letters.removeFirst(max)
            return (taken, true)
        }
        if isMore { wake.signal() }
        return taken
    }

    public var count: Int { letters.withLock { $0.count } }
}
