import CareModel
import Hummingbird
import Synchronization

/// What open streams say: read from the ledger once, written down once for all who may see the same.
///
/// A hundred screens must not cost the way of an incident to its queue anything that it would feel. So one task reads for all of
/// them, on `QuietExecutor.streams`; the queues have a headway; the screens are told in slices; and commits that follow each other
/// closely are told together. Nothing is held for a slow reader: behind `ServingLimits.feedRevisionsMax` it reads for itself, and one
/// that takes nothing at all is hung up on and resumes by its cursor.
final class StreamFeed: Sendable {
    /// What a stream does next.
    enum Step {
        /// Revisions as they go out, maybe none of all those up to `cursor` that this viewer may see.
        case tell(ByteBuffer, cursor: UInt64)
        /// The feed knows nothing so old: everything up to `cursor` is to be read from the ledger.
        case readBack(cursor: UInt64)
        case rest
        /// The hub stops, the ledger failed or another database took its place: the client comes back and is told.
        case end
    }

    /// One open stream's place in the feed.
    struct Place: Sendable {
        fileprivate let number: UInt64
        fileprivate let origin: String
        fileprivate let faults: UInt64
        /// Says that it is time for another `step`. Ends with its task.
        let wakes: AsyncStream<Void>
    }

    /// The queues' deliveries of the same commit go first; an incident's publish takes some milliseconds.
    static let headway = Duration.milliseconds(10)
    /// Between two rounds while commits follow each other. Our choice: ten a second look like at once, and cost a hundredth of a processor for ten screens.
    static let roundInterval = Duration.milliseconds(100)
    /// Streams that are told together, and the pause behind them: a hundred take about 15 ms.
    static let sliceMax = 8
    static let slicePause = Duration.milliseconds(1)

    private struct Told {
        var cursor: UInt64
        var home: HomeID?
        var full: ByteBuffer
        var masked: ByteBuffer
    }

    /// Who sees the same from the same place on.
    private struct Sight: Hashable {
        var cursor: UInt64
        var detail: Detail
        var rights: Rights
    }

    private struct Listener {
        var wake: AsyncStream<Void>.Continuation
        var hangUp: @Sendable () -> Void
        var isWritingSince: Duration?
    }

    private struct State {
        var origin = ""
        /// What was committed behind `from` up to `to` stands in `told`.
        var from: UInt64 = 0
        var to: UInt64 = 0
        var told: [Told] = []
        /// What is said to all of one sight, until there is more to say.
        var bundles: [Sight: (bytes: ByteBuffer, cursor: UInt64)] = [:]
        var listeners: [UInt64: Listener] = [:]
        var nextNumber: UInt64 = 0
        var isReading = false
        var beats: UInt64 = 0
        var faults: UInt64 = 0
    }

    private let stream: any StreamReading
    private let places: any PlaceReading
    private let signal: CommitSignal
    private let heartbeat: Duration
    private let stallLimit: Duration
    private let state = Mutex(State())
    private let start = ContinuousClock.now

    /// - Parameters:
    ///   - heartbeat: between two wakes of a stream that has nothing to say.
    ///   - stallLimit: for how long a client may take nothing of what it is sent.
    init(stream: any StreamReading, places: any PlaceReading, signal: CommitSignal, heartbeat: Duration, stallLimit: Duration) {
        (self.stream, self.places, self.signal) = (stream, places, signal)
        (self.heartbeat, self.stallLimit) = (heartbeat, stallLimit)
    }

    /// Signs of life that were due since the hub began.
    var beats: UInt64 { state.withLock { $0.beats } }

    /// Whether a task reads for the streams now.
    var isReading: Bool { state.withLock { $0.isReading } }

    /// Takes a place; give it back with `leave`.
    ///
    /// - Parameters:
    ///   - head: as it was read for the stream's opening.
    ///   - hangUp: ends the client's connection from outside.
    func enter(_ head: StreamHead, hangUp: @escaping @Sendable () -> Void) -> Place {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (place, isFirst) = state.withLock { state in
            state.nextNumber += 1
            let isFirst = !state.isReading
            if isFirst { (state.isReading, state.origin, state.from, state.to) = (true, head.origin, head.latest, head.latest) }
            state.listeners[state.nextNumber] = Listener(wake: wake, hangUp: hangUp)
            return (Place(number: state.nextNumber, origin: head.origin, faults: state.faults, wakes: wakes), isFirst)
        }
        wake.yield()
        if isFirst { Task(executorPreference: QuietExecutor.streams) { [self] in await read() } }
        return place
    }

    func leave(_ place: Place) { state.withLock { $0.listeners.removeValue(forKey: place.number) }?.wake.finish() }

    /// What the stream at `place` that has told everything up to `cursor` does next.
    func step(_ place: Place, after cursor: UInt64, for caller: Principal) -> Step {
        state.withLock { state in
            guard !signal.isClosed, state.faults == place.faults, state.origin == place.origin else { return .end }
            if cursor < state.from { return .readBack(cursor: state.from) }
            guard cursor < state.to else { return .rest }
            let sight = Sight(cursor: cursor, detail: caller.detail, rights: caller.rights)
            if let bundle = state.bundles[sight] { return .tell(bundle.bytes, cursor: bundle.cursor) }
            let batch = state.told.drop { $0.cursor <= cursor }.prefix(ServingLimits.streamBatchMax)
            let isVisible = visible(to: caller)
            var bytes = ByteBuffer()
            for told in batch where isVisible(told.home) {
                var frame = caller.detail == .full ? told.full : told.masked
                bytes.writeBuffer(&frame)
            }
            let bundle = (bytes: bytes, cursor: batch.last?.cursor ?? state.to)
            state.bundles[sight] = bundle
            return .tell(bundle.bytes, cursor: bundle.cursor)
        }
    }

    /// Which homes' revisions somebody may see. What has no home concerns everyone.
    func visible(to caller: Principal) -> (HomeID?) -> Bool {
        guard !caller.rights.isEverything, let homes = places.homes(within: caller.rights) else { return { _ in true } }
        let all = Set(homes)
        return { home in home.map(all.contains) ?? true }
    }

    /// Lets every stream find out whether its viewer may still see it: an account was changed. What is told is held against that anyway; this
    /// ends a stream that has nothing to tell.
    func lookAgain() { for wake in state.withLock({ $0.listeners.values.map(\.wake) }) { wake.yield() } }

    /// Says that the stream at `place` waits for its client to take something, or that it has.
    func noteWriting(_ place: Place, _ isWriting: Bool) {
        let now = isWriting ? ContinuousClock.now - start : nil
        state.withLock { $0.listeners[place.number]?.isWritingSince = now }
    }

    // MARK: - Reading for all

    /// Reads as long as somebody listens.
    private func read() async {
        var nextBeat = ContinuousClock.now + heartbeat
        while goesOn() {
            let seen = signal.generation
            var hasNews = false, isFull = false
            do {
                (hasNews, isFull) = try await readOnce()
            } catch {
                // Each ends; its client comes back, and its opening tells what is wrong.
                state.withLock { $0.faults += 1 }
                hasNews = true
            }
            if hasNews {
                await wakeAll()
                if !isFull { try? await Task.sleep(for: min(StreamFeed.roundInterval, heartbeat)) }
            } else {
                await signal.wait(past: seen, for: nextBeat - ContinuousClock.now)
                if signal.generation != seen { try? await Task.sleep(for: min(StreamFeed.headway, heartbeat)) }
            }
            if ContinuousClock.now >= nextBeat {
                nextBeat = ContinuousClock.now + heartbeat
                hangUpOnTheStalled()
                state.withLock { $0.beats += 1 }
                await wakeAll()
            }
        }
    }

    /// - Returns: false when nobody listens or the hub stops: then the next who enters starts another reading.
    private func goesOn() -> Bool {
        let (goesOn, last) = state.withLock { state in
            let isClosed = signal.isClosed
            guard state.listeners.isEmpty || isClosed else { return (true, [AsyncStream<Void>.Continuation]()) }
            state.isReading = false
            (state.told, state.bundles) = ([], [:])
            return (false, state.listeners.values.map(\.wake))
        }
        for wake in last { wake.yield() }
        return goesOn
    }

    /// - Returns: whether there is something to tell, and whether there may be more.
    private func readOnce() async throws -> (hasNews: Bool, isFull: Bool) {
        let head = try await stream.head()
        let (after, isOther) = state.withLock { state in
            let isOther = state.origin != head.origin
            // A database that was set aside counts anew.
            if isOther { (state.origin, state.from, state.to, state.told, state.bundles) = (head.origin, head.latest, head.latest, [], [:]) }
            return (state.to, isOther)
        }
        let batch = try await stream.revisions(after: after, limit: ServingLimits.streamBatchMax)
        guard let last = batch.last else { return (isOther, false) }
        let told = batch.map { revision in
            Told(
                cursor: revision.cursor, home: revision.home, full: ServerSentEvent.incident(revision, .full, head.origin),
                masked: ServerSentEvent.incident(revision, .masked, head.origin))
        }
        state.withLock { state in
            state.told += told
            state.to = last.cursor
            state.bundles = [:]
            let excess = state.told.count - ServingLimits.feedRevisionsMax
            if excess > 0 {
                state.from = state.told[excess - 1].cursor
                state.told.removeFirst(excess)
            }
        }
        return (true, batch.count == ServingLimits.streamBatchMax)
    }

    private func wakeAll() async {
        let wakes = state.withLock { $0.listeners.sorted { $0.key < $1.key }.map(\.value.wake) }
        for (index, wake) in wakes.enumerated() {
            if index > 0, index.isMultiple(of: StreamFeed.sliceMax), !signal.isClosed { try? await Task.sleep(for: StreamFeed.slicePause) }
            wake.yield()
        }
    }

    /// A client that takes nothing holds a place that another screen may need.
    private func hangUpOnTheStalled() {
        let now = ContinuousClock.now - start
        let stalled = state.withLock { $0.listeners.values.filter { $0.isWritingSince.map { now - $0 >= stallLimit } ?? false } }
        for listener in stalled { listener.hangUp() }
    }
}
