import CareModel
import Logging
import Synchronization

/// Carries one queue's deliveries through its channel until each is confirmed or refused for good.
///
/// Nothing is remembered that a restart would need: the outbox is in the ledger, and a delivery leaves it
/// only by a report that the sequencer has committed. A delivery that has to wait holds back later revisions
/// of its own incident and nothing else.
///
/// Deliveries go two ways. The long one reads the outbox and knows every rule. The short one, `offer`, hands a fresh incident's
/// first revision to the channel on the committing thread, and is open only while nothing waits that it could overtake.
public actor QueueWorker {
    public struct Pace: Hashable, Sendable {
        /// Parcels that may be under way at once.
        public var underWayMax = 256
        /// Of these, kept free for incidents of high priority: a queue full of slow lesser ones must not hold them.
        public var urgentRoom = 32
        /// Parcels that go as one batch: their outcomes are known together.
        public var batchMax = 256
        /// Waiting time after a failed try, doubled with each from the first to the last; up to half of it more by chance, so that a
        /// district of hubs doesn't return in one wave.
        public var backoffFirst = Duration.milliseconds(250)
        public var backoffLast = Duration.seconds(30)
        /// How long a reported delivery may stand in the outbox before it counts as not reported. Our choice: a turn takes milliseconds.
        public var reportLimit = Duration.seconds(15)
        /// How often the outbox is read without being woken.
        public var pollInterval = Duration.seconds(5)

        public init() {}

        func backoff(afterTries tries: Int) -> Duration {
            var wait = backoffFirst
            for _ in 1..<max(1, min(tries, 32)) {
                wait = wait * 2
                if wait >= backoffLast { return backoffLast }
            }
            return wait
        }
    }

    /// How the queue does, for a person to see.
    public struct Picture: Hashable, Sendable {
        public var underWayCount = 0
        /// Deliveries that were tried and wait for their next try.
        public var retryingCount = 0
        /// Whether the receiver is left alone for now, because tries in a row failed.
        public var isResting = false
        /// Why the newest try failed; nil once one succeeds.
        public var lastFailure: String?
    }

    /// The short way, open to any thread.
    private struct ShortWay {
        /// How many more may go; 0 = closed: then the outbox is read.
        var room = 0
        /// Went this way and are not settled.
        var handed: Set<DeliveryKey> = []
        /// Their answers, which the worker takes together.
        var answered: [DeliveryKey: DeliveryOutcome] = [:]
        /// Went the long way as of the last reading.
        var taken: Set<DeliveryKey> = []
    }

    private struct Retry {
        var tries: Int
        var notBefore: ContinuousClock.Instant
    }

    private let queue: QueueName
    private let channel: any Channel
    private let outbox: any OutboxReading
    private let reports: any ReportPosting
    private let pace: Pace
    private let logger: Logger
    private let clock = ContinuousClock()
    private let shortWay = Mutex(ShortWay())
    private var handedGone: CheckedContinuation<Void, Never>?

    private var underWay: Set<DeliveryKey> = []
    /// Reported, but the row still stands in the outbox until the report is committed.
    private var settled: [DeliveryKey: ContinuousClock.Instant] = [:]
    private var retries: [DeliveryKey: Retry] = [:]
    /// Whether the last reading of the outbox may have left something for want of room.
    private var isFull = false
    /// When this worker will wake itself for a retry.
    private var alarm: ContinuousClock.Instant?
    private var breaker = Breaker()
    private var random: SplitMix64
    private var lastFailure: String?
    private let wakes: AsyncStream<Void>
    private let wakeContinuation: AsyncStream<Void>.Continuation

    /// - Parameter seed: of the jitter; nil = made of the queue's name.
    public init(
        queue: QueueName, channel: any Channel, outbox: any OutboxReading, reports: any ReportPosting,
        pace: Pace = Pace(), seed: UInt64? = nil, logger: Logger
    ) {
        random = seed.map(SplitMix64.init(seed:)) ?? SplitMix64(text: queue.text)
        (self.queue, self.channel, self.outbox, self.reports) = (queue, channel, outbox, reports)
        (self.pace, self.logger) = (pace, logger)
        (wakes, wakeContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that the outbox changed: something new is in it, or a delivery left it. Cheap, callable from any thread.
    public nonisolated func wake() { wakeContinuation.yield() }

    /// Sends a delivery that was just committed, from the committing thread, when nothing that waits could be overtaken by it.
    ///
    /// - Parameter parcel: an incident's first revision.
    /// - Returns: false when it was not taken: `wake` the worker then, the outbox has it.
    public nonisolated func offer(_ parcel: Parcel) -> Bool {
        let isTaken = shortWay.withLock { way in
            guard way.room > 0, !way.taken.contains(parcel.key), way.handed.insert(parcel.key).inserted else { return false }
            way.room -= 1
            return true
        }
        guard isTaken else { return false }
        let key = parcel.key
        if channel.hand(parcel, completion: { self.note(key, $0) }) { return true }
        shortWay.withLock { _ = $0.handed.remove(parcel.key) }
        Task { await self.noteHandedGone() }
        return false
    }

    /// Answers come one by one, and one task settles all that came until it runs.
    private nonisolated func note(_ key: DeliveryKey, _ outcome: DeliveryOutcome) {
        let isFirst = shortWay.withLock { way in
            way.answered[key] = outcome
            return way.answered.count == 1
        }
        if isFirst { Task { await self.settleHanded() } }
    }

    private func settleHanded() {
        let answered = shortWay.withLock { way in
            defer { way.answered = [:] }
            way.handed.subtract(way.answered.keys)
            return way.answered
        }
        settle(answered.keys.sorted(), answered)
    }

    /// Whether `offer` would take something now.
    nonisolated var isShortWayOpen: Bool { shortWay.withLock { $0.room > 0 } }

    public var picture: Picture {
        Picture(underWayCount: underWay.count + shortWay.withLock { $0.handed.count }, retryingCount: retries.count, isResting: isResting, lastFailure: lastFailure)
    }

    /// Works until its task is cancelled.
    public func run() async {
        wake()
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in self.channel.returns {
                    if Task.isCancelled { break }
                    await self.receiverReturned()
                }
            }
            group.addTask {
                // A wake that got lost costs one interval and no more.
                while !Task.isCancelled {
                    try? await Task.sleep(for: self.pace.pollInterval)
                    self.wake()
                }
            }
            for await _ in wakes {
                if Task.isCancelled { break }
                for batch in due() {
                    group.addTask {
                        let outcomes = await self.channel.send(batch)
                        await self.settle(batch.map(\.key), outcomes)
                    }
                }
                if let (alarm, pause) = nextAlarm() {
                    group.addTask {
                        try? await Task.sleep(for: pause)
                        await self.ring(alarm)
                    }
                }
            }
            group.cancelAll()
        }
        shortWay.withLock { $0.room = 0 }
        guard !shortWay.withLock({ $0.handed.isEmpty }) else { return }
        await withCheckedContinuation { handedGone = $0 }
    }

    /// Lets `run` end once nothing is under way by the short way either.
    private func noteHandedGone() {
        guard let waiting = handedGone, shortWay.withLock({ $0.handed.isEmpty }) else { return }
        handedGone = nil
        waiting.resume()
    }

    /// What can be sent now, in batches.
    private func due() -> [[Parcel]] {
        // Closed while the outbox is read: what is committed meanwhile may be in it or not.
        let handed = shortWay.withLock { way in
            way.room = 0
            return way.handed
        }
        let free = pace.underWayMax - underWay.count - handed.count
        isFull = free <= 0
        guard free > 0 else { return [] }
        do {
            let now = clock.now
            var room = free, others = breaker.admit(max(0, free - pace.urgentRoom), at: now), probes = 0
            let isProbing = breaker.state != .closed
            let limit = pace.underWayMax + settled.count + retries.count + handed.count
            var fewestTries = 0
            if isProbing, others > 0 {
                let waiting = try outbox.heads(of: queue, limit: limit) { _, _ in false }.keys.lazy.filter {
                    self.settled[$0] == nil && !self.underWay.contains($0) && !handed.contains($0)
                }
                fewestTries = waiting.map { self.retries[$0]?.tries ?? 0 }.min() ?? 0
            }
            let heads = try outbox.heads(of: queue, limit: limit) { key, urgency in
                guard room > 0, settled[key] == nil, !underWay.contains(key), !handed.contains(key) else { return false }
                let retry = retries[key]
                guard isProbing || retry.map({ $0.notBefore <= now }) ?? true else { return false }
                // Nothing holds the first try of what is urgent: no pause, and nothing lesser that is under way.
                let isFree = urgency == .high && (retry == nil || !isProbing)
                if !isFree {
                    guard others > 0 else { return false }
                    // Half of the probes are for what failed least: one that can never go may not keep all others.
                    if isProbing, probes >= Breaker.probesMax / 2, let retry, retry.tries > fewestTries { return false }
                    others -= 1
                    probes += 1
                }
                room -= 1
                return true
            }
            isFull = room == 0 || others == 0
            breaker.sent(probes)
            // What is still there long after its report was lost with a turn that failed, or was sent back by a person: it goes again.
            let standing = Set(heads.keys)
            settled = settled.filter { standing.contains($0.key) && now - $0.value < pace.reportLimit }
            let parcels = heads.parcels
            underWay.formUnion(parcels.lazy.map(\.key))
            if breaker.state == .closed, retries.isEmpty {
                shortWay.withLock { ($0.room, $0.taken) = (min(room, others), underWay.union(settled.keys)) }
            }
            return stride(from: 0, to: parcels.count, by: pace.batchMax).map { Array(parcels[$0..<min($0 + pace.batchMax, parcels.count)]) }
        } catch {
            logger.warning("outbox of queue \(queue) can't be read: \(error)")
            return []
        }
    }

    private func settle(_ keys: [DeliveryKey], _ outcomes: [DeliveryKey: DeliveryOutcome]) {
        // The commit of a report wakes the worker for what comes after it; only these can't wait for that.
        var isWakeNeeded = isFull || breaker.state != .closed
        for key in keys {
            underWay.remove(key)
            let outcome = outcomes[key] ?? .delayed("no answer")
            if case .delayed(let why) = outcome {
                noteFailure(why)
                putOff(key, outcome)
                isWakeNeeded = true
                continue
            }
            noteSuccess()
            if reports.post(DeliveryReport(key: key, outcome: outcome)) {
                settled[key] = clock.now
                retries[key] = nil
            } else {
                // A full mailbox: the row stays, the receiver gets the delivery again and knows its key.
                putOff(key, nil)
                isWakeNeeded = true
            }
        }
        if let until = channel.restsUntil, until > clock.now { breaker.rest(until: until) }
        noteHandedGone()
        if isWakeNeeded { wake() }
    }

    private func noteFailure(_ why: String) {
        shortWay.withLock { $0.room = 0 }
        let wasOpen = isResting
        breaker.failed(at: clock.now) { openings in self.jittered(self.pace.backoff(afterTries: openings)) }
        if lastFailure != why || wasOpen != isResting, isResting { logger.warning("queue \(queue): its receiver is left alone for a while: \(why)") }
        lastFailure = why
    }

    private func noteSuccess() {
        if breaker.state != .closed {
            logger.notice("queue \(queue): its receiver takes deliveries again")
            forgetPauses()
        }
        breaker.succeeded()
        lastFailure = nil
    }

    /// The channel says that the receiver is back: nothing waits out a pause that was meant for its absence.
    private func receiverReturned() {
        breaker.receiverReturned()
        forgetPauses()
        wake()
    }

    private func forgetPauses() {
        let now = clock.now
        for key in retries.keys { retries[key]?.notBefore = now }
    }

    private var isResting: Bool {
        if case .open = breaker.state { true } else { false }
    }

    private func jittered(_ base: Duration) -> Duration { base + base * Int(random.next() % 1_000) / 2_000 }

    /// - Parameter outcome: told to the sequencer once a delivery, not once a try.
    private func putOff(_ key: DeliveryKey, _ outcome: DeliveryOutcome?) {
        let tries = (retries[key]?.tries ?? 0) + 1
        if tries == 1, let outcome { _ = reports.post(DeliveryReport(key: key, outcome: outcome)) }
        retries[key] = Retry(tries: tries, notBefore: clock.now + jittered(pace.backoff(afterTries: tries)))
    }

    /// The next retry or the end of the receiver's rest, unless an alarm for it or an earlier one is set already.
    private func nextAlarm() -> (ContinuousClock.Instant, Duration)? {
        var next: ContinuousClock.Instant?
        if case .open(let until) = breaker.state {
            next = until
        } else {
            next = retries.lazy.filter { !self.underWay.contains($0.key) }.map(\.value.notBefore).min()
        }
        guard let next else { return nil }
        if let alarm, alarm <= next { return nil }
        alarm = next
        return (next, max(next - clock.now, .milliseconds(1)))
    }

    private func ring(_ rung: ContinuousClock.Instant) {
        if alarm == rung { alarm = nil }
        wake()
    }
}
