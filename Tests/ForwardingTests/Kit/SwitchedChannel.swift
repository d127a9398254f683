import CareModel
import Forwarding
import Synchronization

/// Takes what the test allows and delays the rest, at once.
final class SwitchedChannel: Channel {
    private struct State {
        var tries = 0
        var taken: Set<DeliveryKey> = []
        var isAllowed: @Sendable (Parcel) -> Bool = { _ in false }
    }

    let commands = AsyncStream<Command> { $0.finish() }
    private let state = Mutex(State())

    var tries: Int { state.withLock { $0.tries } }
    var taken: Set<DeliveryKey> { state.withLock { $0.taken } }
    func allow(_ rule: @escaping @Sendable (Parcel) -> Bool) { state.withLock { $0.isAllowed = rule } }

    func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        state.withLock { state in
            var outcomes: [DeliveryKey: DeliveryOutcome] = [:]
            for parcel in batch {
                state.tries += 1
                if state.isAllowed(parcel) {
                    state.taken.insert(parcel.key)
                    outcomes[parcel.key] = .confirmed
                } else {
                    outcomes[parcel.key] = .delayed("closed")
                }
            }
            return outcomes
        }
    }
}
