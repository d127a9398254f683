import Synchronization

/// The browsers that have exchanged a token for a cookie; in memory only, so a restart asks for the token again.
final class Sessions: Sendable {
    private struct Session {
        var principal: Principal
        var usedAt: Duration
    }

    private let idleLimit: Duration
    private let now: @Sendable () -> Duration
    private let sessions = Mutex<[String: Session]>([:])

    init(idleLimit: Duration, now: @escaping @Sendable () -> Duration) {
        self.idleLimit = idleLimit
        self.now = now
    }

    var count: Int { sessions.withLock { $0.count } }

    /// Opens a session and returns its identifier: 32 bytes from the kernel's generator, in hex.
    func open(_ principal: Principal) -> String {
        let id = randomHex(bytes: 32)
        let at = now()
        sessions.withLock { all in
            all = all.filter { at - $0.value.usedAt < idleLimit }
            while all.count >= ServingLimits.sessionsMax, let idlest = all.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                all.removeValue(forKey: idlest.key)
            }
            all[id] = Session(principal: principal, usedAt: at)
        }
        return id
    }

    /// Whose session this is; using it keeps it alive.
    func principal(_ id: String) -> Principal? {
        let at = now()
        return sessions.withLock { all in
            guard let session = all[id] else { return nil }
            guard at - session.usedAt < idleLimit else {
                all.removeValue(forKey: id)
                return nil
            }
            all[id]?.usedAt = at
            return session.principal
        }
    }

    func close(_ id: String) {
        sessions.withLock { all in _ = all.removeValue(forKey: id) }
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
