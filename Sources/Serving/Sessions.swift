import Synchronization

/// The browsers that are signed in; in memory only, so a restart asks again.
final class Sessions: Sendable {
    /// As whom a session acts.
    private enum Owner: Sendable {
        case token(Principal)
        /// An account in one of its generations: what changes there ends it.
        case account(String, generation: Int)
    }

    private struct Session {
        var owner: Owner
        var usedAt: Duration
        var isLocked = false
        var wrongPINs = 0
    }

    private let idleLimit: Duration
    private let now: @Sendable () -> Duration
    private let account: @Sendable (String, Int) -> Principal?
    private let sessions = Mutex<[String: Session]>([:])

    /// - Parameter account: as whom an account's sessions of that generation act; nil = not any more.
    init(idleLimit: Duration, now: @escaping @Sendable () -> Duration, account: @escaping @Sendable (String, Int) -> Principal? = { _, _ in nil }) {
        self.idleLimit = idleLimit
        self.now = now
        self.account = account
    }

    var count: Int { sessions.withLock { $0.count } }

    func open(_ principal: Principal) -> String { open(.token(principal)) }
    func open(_ account: Account) -> String { open(.account(account.name, generation: account.generation)) }

    /// Opens a session and returns its identifier: 32 bytes from the kernel's generator, in hex.
    private func open(_ owner: Owner) -> String {
        let id = randomHex(bytes: 32)
        let at = now()
        sessions.withLock { all in
            all = all.filter { at - $0.value.usedAt < idleLimit }
            while all.count >= ServingLimits.sessionsMax, let idlest = all.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                all.removeValue(forKey: idlest.key)
            }
            all[id] = Session(owner: owner, usedAt: at)
        }
        return id
    }

    /// Whose session this is; using it keeps it alive.
    func principal(_ id: String) -> Principal? {
        let at = now()
        return sessions.withLock { all in
            guard let session = all[id] else { return nil }
            let owner: Principal? = switch session.owner {
            case .token(let principal): principal
            case .account(let name, let generation): account(name, generation)
            }
            guard at - session.usedAt < idleLimit, var owner else {
                all.removeValue(forKey: id)
                return nil
            }
            all[id]?.usedAt = at
            owner.isLocked = session.isLocked
            return owner
        }
    }

    func close(_ id: String) {
        sessions.withLock { all in _ = all.removeValue(forKey: id) }
    }

    // MARK: - The lock

    /// Hides names and stops presses; the session, its stream and its sound go on. A token's session has no secret of a person to open it.
    ///
    /// - Returns: false when there is nothing to lock.
    func lock(_ id: String) -> Bool {
        sessions.withLock { all in
            guard case .account = all[id]?.owner else { return false }
            all[id]?.isLocked = true
            return true
        }
    }

    func unlock(_ id: String) {
        sessions.withLock { all in
            all[id]?.isLocked = false
            all[id]?.wrongPINs = 0
        }
    }

    /// Counts a try before it is looked at, so that many at once are not more than the limit.
    ///
    /// - Returns: false when this screen has had its tries.
    func mayTryPIN(_ id: String) -> Bool {
        sessions.withLock { all in
            guard let session = all[id], session.wrongPINs < ServingLimits.pinAttemptsMax else { return false }
            all[id]?.wrongPINs = session.wrongPINs + 1
            return true
        }
    }

    func triesLeft(_ id: String) -> Int {
        sessions.withLock { all in ServingLimits.pinAttemptsMax - (all[id]?.wrongPINs ?? 0) }
    }
}

/// Random bytes in hex, from the operating system's generator.
func randomHex(bytes: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    var out = ""
    out.reserveCapacity(bytes * 2)
    for _ in 0..<bytes {
        let byte = UInt8.random(in: .min ... .max, using: &generator)
        if byte < 16 { out += "0" }
        out += String(byte, radix: 16)
    }
    return out
}
