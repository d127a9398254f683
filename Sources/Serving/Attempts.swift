import Synchronization

/// Counts failed attempts to get in, by address or by account, in fixed windows: a name is remembered whether there is such an account or not.
final class Attempts: Sendable {
    private struct Window {
        var startedAt: Duration
        var failures: Int
    }

    private let limit: Int
    private let now: @Sendable () -> Duration
    private let windows = Mutex<[String: Window]>([:])

    init(limit: Int = ServingLimits.failedAttemptsMax, now: @escaping @Sendable () -> Duration) { (self.limit, self.now) = (limit, now) }

    /// How many are remembered now.
    var count: Int { windows.withLock { $0.count } }

    /// Seconds until the address may try again, or nil when it may now.
    func secondsToWait(_ address: String) -> Int? {
        let at = now()
        return windows.withLock { all in
            guard let window = all[address], window.failures >= limit else { return nil }
            let left = window.startedAt + .seconds(ServingLimits.attemptWindowSeconds) - at
            return left > .zero ? Int(left.components.seconds) + 1 : nil
        }
    }

    func failed(_ address: String) {
        let at = now()
        let length = Duration.seconds(ServingLimits.attemptWindowSeconds)
        windows.withLock { all in
            if let window = all[address], at - window.startedAt < length {
                all[address]?.failures = window.failures + 1
                return
            }
            if all.count >= ServingLimits.attemptAddressesMax { all = all.filter { at - $0.value.startedAt < length } }
            if all.count >= ServingLimits.attemptAddressesMax, let oldest = all.min(by: { $0.value.startedAt < $1.value.startedAt }) {
                all.removeValue(forKey: oldest.key)
            }
            all[address] = Window(startedAt: at, failures: 1)
        }
    }

    /// A right answer takes back what was counted.
    func forget(_ key: String) { windows.withLock { all in _ = all.removeValue(forKey: key) } }
}
