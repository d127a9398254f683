import CareModel
import Forwarding
import Settings
import Synchronization

/// How the other hubs are, by the signs of life that reach this hub's broker: for people who look at the wall. Nothing is decided by it.
final class HubNeighbours: Sendable {
    struct Hub: Hashable, Sendable {
        enum State: String, Hashable, Sendable {
            case ready
            /// Alive, and says that something is wrong.
            case notReady = "not_ready"
            case silent
            /// Not heard yet, and not long enough ago to be called silent.
            case awaited
        }

        var name: String
        var station: String
        var state: State
        /// Since its newest sign of life; nil when none ever came.
        var heardSeconds: Int?
        /// Codes of what is wrong, as its `/readyz` has them.
        var reasons: [String]

        var isUnwell: Bool { state == .silent || state == .notReady }
    }

    struct Picture: Hashable, Sendable {
        /// Whether this hub hears others at all now.
        var isSeen = true
        /// By station and name.
        var hubs: [Hub] = []
    }

    static let lookInterval = Duration.seconds(1)

    private struct State {
        var watch: HubWatch
        var isSeen = false
    }

    private let listed: [HubSettings.Neighbour]
    private let state: Mutex<State>
    /// What to subscribe to.
    let filters: [String]

    init(_ settings: HubSettings.Neighbours?, at now: ContinuousClock.Instant) {
        listed = (settings?.hubs ?? []).sorted { ($0.station, $0.hub) < ($1.station, $1.hub) }
        filters = settings.map { [$0.topic] } ?? []
        state = Mutex(State(watch: HubWatch(expected: listed.map(\.hub), at: now)))
    }

    /// Takes a sign of life. What the broker kept of one is of unknown age, and none.
    func take(_ message: Message, at now: ContinuousClock.Instant) {
        guard !message.isRetained else { return }
        state.withLock { _ = $0.watch.note(message.payload, at: now) }
    }

    /// Finds out who has become silent; while this hub itself has no broker, nobody does.
    func look(isConnected: Bool, at now: ContinuousClock.Instant) {
        state.withLock { state in
            state.isSeen = isConnected
            if isConnected { _ = state.watch.look(at: now) } else { state.watch.excuse(until: now) }
        }
    }

    func picture(at now: ContinuousClock.Instant) -> Picture {
        state.withLock { state in
            Picture(isSeen: state.isSeen || listed.isEmpty, hubs: listed.map { one -> Hub in
                let known = state.watch.hubs[one.hub], isHeard = known?.at != nil
                let word: Hub.State = known?.isSilent == true ? .silent : !isHeard ? .awaited : known?.state == "ready" ? .ready : .notReady
                return Hub(
                    name: one.hub, station: one.station, state: word, heardSeconds: isHeard ? known.map { Int(max(Duration.zero, now - $0.heardAt).components.seconds) } : nil,
                    reasons: isHeard && word != .silent ? known?.reasons ?? [] : [])
            })
        }
    }

    /// Looks until the task is cancelled.
    func run(isConnected: @Sendable () -> Bool) async {
        while !Task.isCancelled {
            look(isConnected: isConnected(), at: .now)
            try? await Task.sleep(for: HubNeighbours.lookInterval)
        }
    }
}
