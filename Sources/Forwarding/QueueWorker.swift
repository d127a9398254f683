import CareModel
import Logging

/// Carries one queue's deliveries through its channel until each is confirmed or refused for good.
///
/// Nothing is remembered that a restart would need: the outbox is in the ledger, and a delivery leaves it
/// only by a report that the sequencer has committed. A delivery that has to wait holds back later revisions
/// of its own incident and nothing else.
public actor QueueWorker {
    public struct Pace: Hashable, Sendable {
        /// Parcels that may be under way at once.
        public var underWayMax = 256
        /// Waiting time after a failed try, doubled with each from the first to the last.
        public var backoffFirst = Duration.milliseconds(250)
        public var backoffLast = Duration.seconds(30)
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

    private var underWay: Set<DeliveryKey> = []
    /// Reported, but the row still stands in the outbox until the report is committed.
    private var settled: Set<DeliveryKey> = []
    private var retries: [DeliveryKey: Retry] = [:]
    /// When this worker will wake itself for a retry.
    private var alarm: ContinuousClock.Instant?
    private let wakes: AsyncStream<Void>
    private let wakeContinuation: AsyncStream<Void>.Continuation

    public init(
        queue: QueueName, channel: any Channel, outbox: any OutboxReading, reports: any ReportPosting,
        pace: Pace = Pace(), logger: Logger
    ) {
        (self.queue, self.channel, self.outbox, self.reports) = (queue, channel, outbox, reports)
        (self.pace, self.logger) = (pace, logger)
        (wakes, wakeContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that the outbox may hold something new. Cheap, callable from any thread.
    public nonisolated func wake() { wakeContinuation.yield() }

    /// Works until its task is cancelled.
    public func run() async {
        wake()
        await withDiscardingTaskGroup { group in
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
                        await self.settle(batch, outcomes)
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
    }

    /// What can be sent now, as one batch, or none.
    private func due() -> [[Parcel]] {
        let room = pace.underWayMax - underWay.count
        guard room > 0 else { return [] }
        do {
            let now = clock.now
            var wanted = 0
            let heads = try outbox.heads(of: queue, limit: pace.underWayMax + settled.count + retries.count) { key in
                guard wanted < room, !settled.contains(key), !underWay.contains(key), retries[key].map({ $0.notBefore <= now }) ?? true else { return false }
                wanted += 1
                return true
            }
            settled.formIntersection(heads.keys)
            let batch = heads.parcels
            underWay.formUnion(batch.lazy.map(\.key))
            return batch.isEmpty ? [] : [batch]
        } catch {
            logger.warning("outbox of queue \(queue) can't be read: \(error)")
            return []
        }
    }

    private func settle(_ batch: [Parcel], _ outcomes: [DeliveryKey: DeliveryOutcome]) {
        for parcel in batch {
            let key = parcel.key
            underWay.remove(key)
            let outcome = outcomes[key] ?? .delayed("no answer")
            if case .delayed = outcome {
                putOff(key, outcome)
            } else if reports.post(DeliveryReport(key: key, outcome: outcome)) {
                settled.insert(key)
                retries[key] = nil
            } else {
                // A full mailbox: the row stays, the receiver gets the delivery again and knows its key.
                putOff(key, nil)
            }
        }
        wake()
    }

    /// - Parameter outcome: told to the sequencer once a delivery, not once a try.
    private func putOff(_ key: DeliveryKey, _ outcome: DeliveryOutcome?) {
        let tries = (retries[key]?.tries ?? 0) + 1
        if tries == 1, let outcome { _ = reports.post(DeliveryReport(key: key, outcome: outcome)) }
        retries[key] = Retry(tries: tries, notBefore: clock.now + pace.backoff(afterTries: tries))
    }

    /// The next retry, unless an alarm for it or an earlier one is set already.
    private func nextAlarm() -> (ContinuousClock.Instant, Duration)? {
        guard let next = retries.lazy.filter({ !self.underWay.contains($0.key) }).map(\.value.notBefore).min() else { return nil }
        if let alarm, alarm <= next { return nil }
        alarm = next
        return (next, max(next - clock.now, .milliseconds(1)))
    }

    private func ring(_ rung: ContinuousClock.Instant) {
        if alarm == rung { alarm = nil }
        wake()
    }
}
