import CareModel

/// What one rule says about one piece of evidence, always with its reason.
public enum Verdict: Hashable, Sendable {
    /// Nothing to tell, and why.
    case quiet(Quiet)
    /// Something happened, or a condition begins.
    case raise(Ground, Priority)
    /// The open condition has more to it: a worse value, a firmer word.
    case update(Ground, Priority)
    /// The device takes back what it said: told as an update of this lower priority, then as cleared by the device.
    case withdraw(Ground, Priority)
    /// The condition is over.
    case clear(Ground, ClearReason)
}

/// Why a rule stayed silent. Each has a counter in `Detection.quietCounts`.
public enum Quiet: UInt8, Hashable, Sendable, CaseIterable {
    /// Nothing about it concerns the rule.
    case notConcerned = 0
    case withinLimits = 1
    /// Outside the limit, but not yet for as long as the rule asks.
    case belowPersistence = 2
    /// Outside the limit, and told already.
    case alreadyTold = 3
    /// Good enough not to alarm, not yet good enough to clear.
    case notYetCleared = 4
    /// A state that is known and repeated.
    case sameState = 5
    /// A first state that is in order.
    case stateLearned = 6
    /// The device takes back what it never said, or what is over.
    case nothingToWithdraw = 7
    /// The quality says that the value is no measurement.
    case unjudgeable = 8
    /// Late data of a kind that raises nothing late.
    case late = 9
    /// An older state after a newer one.
    case outOfOrder = 10
    /// A retained occurrence: nobody knows when it was, and no safety hangs on it.
    case retained = 11
    /// The value has not the shape that the rule reads.
    case wrongShape = 12
    /// A word that the rule names as meaning nothing.
    case ignoredCode = 13
    /// The device's own test, and nothing in it.
    case test = 14
    /// The time has not come: the device or the resident gave a sign meanwhile.
    case notYetDue = 15
    /// The hub itself does not see: absence proves nothing.
    case blind = 16
    /// Counted with the other unreadable messages of the same profile.
    case gathered = 17
    /// The first connection of all has no session to find.
    case firstSession = 18
    /// Too few of the values that the rule needs are known and fresh.
    case notEnoughKnown = 19
    /// A second measurement, but too soon after the first to say more than it.
    case tooSoon = 20
    /// The rule does not look at this time of day.
    case outsideSchedule = 21
    /// What is usual for this person is not known yet.
    case learning = 22
    /// What must happen first has not happened.
    case notArmed = 23
    /// Part of it has happened; the rule waits for the rest.
    case waiting = 24
    /// Another room than those of the rule.
    case otherRoom = 25
    /// The resident is away, as somebody told the hub.
    case away = 26
    /// Visitors are there, as somebody told the hub: behaviour proves nothing about the resident.
    case visitors = 27
    /// Nothing unusual for this person at this time of day.
    case usual = 28
    /// The bridge through which the device is heard is gone: that is told, and covers this.
    case behindBridge = 29
    /// A state of a device that never ends it has passed its time.
    case timedOut = 30
    /// This person was told as unknown already.
    case personTold = 31

    /// Stable, for metrics: `below_persistence`.
    public var name: String {
        var out = ""
        for scalar in "\(self)".unicodeScalars {
            if scalar.properties.isUppercase { out += "_" }
            out += scalar.properties.lowercaseMapping
        }
        return out
    }
}

/// What a verdict that speaks stands on.
public struct Ground: Hashable, Sendable {
    public enum Cause: UInt8, Hashable, Sendable, CaseIterable {
        /// The device reports it, now.
        case occurred = 0
        /// A retained state of unknown age: somebody must look.
        case check = 1
        /// It happened while the device or the hub was away.
        case missedOffline = 2
        /// The device calls it a test.
        case test = 3
        case belowLimit = 4
        case aboveLimit = 5
        /// Nothing was heard for too long.
        case silent = 6
        /// A bridge says that the device is gone.
        case offline = 7
        /// Nobody stirred for too long.
        case inactive = 8
        case unreadable = 9
        case unreadableMany = 10
        /// The broker has forgotten what it held for the hub.
        case sessionLost = 11
        /// The hub has had no connection to the broker for too long.
        case linkDown = 12
        /// The device takes it back.
        case withdrawn = 13
        /// A score of several values.
        case scored = 14
        /// One measurement says so; a second one is asked for.
        case provisional = 15
        /// A second measurement says the same.
        case confirmed = 16
        /// No second measurement came in time.
        case unconfirmed = 17
        /// The value changed too much in too short a time.
        case changed = 18
        /// Something that is expected at this time did not happen.
        case missed = 19
        /// A state lasts too long.
        case lasted = 20
        /// Something happened, and what should follow did not, or what should not follow did.
        case followed = 21
        /// It happened too often.
        case counted = 22
        /// Outside the area in which the person is safe.
        case outside = 23
        /// To and fro without a goal.
        case wandering = 24
        /// Two devices say it independently.
        case corroborated = 25
        /// Unusual for this person.
        case unusual = 26
        /// So much for so long.
        case dose = 27
        /// The movement of a fall.
        case fallSuspected = 28
        /// The movement of a fall, and the person lies.
        case fallConfirmed = 29
        /// The movement of a fall, but the person got up.
        case fallLowered = 30
        /// A device names a person whom nobody registered.
        case unknownPerson = 31
        /// Somebody stirs where everybody is away.
        case backHome = 32
        /// The hub holds what the device says for no measurement, or its clock for wrong.
        case doubted = 36
    }

    /// What makes a text of its own possible: its name stands under `texts:`.
    public enum Word: UInt8, Hashable, Sendable, CaseIterable {
        case provisional = 0, confirmed = 1, unconfirmed = 2, lowered = 3, partial = 4, complete = 5, emergency = 6
        case battery = 7, charging = 8, away = 9, link = 10, bridge = 11, carrier = 12, unworn = 13, unknown = 14
        case rising = 15, falling = 16, wandering = 17
        /// A step of this priority.
        case medium = 18, high = 19

        public var name: String { "\(self)" }
    }

    public var cause: Cause
    public var word: Word?
    /// An amount of the rule's own, for instance how much a value changed; in the kind's resolution.
    public var amount: Int64?
    /// The limit that was passed, in the kind's resolution.
    public var limit: Int64?
    /// How long the condition has held, or how long nothing came.
    public var seconds: Int
    /// How many messages, where that matters.
    public var count: Int
    /// Whether a condition stands behind it that will be cleared.
    public var isCondition: Bool

    public init(
        _ cause: Cause, limit: Int64? = nil, seconds: Int = 0, count: Int = 0, isCondition: Bool = true, word: Word? = nil, amount: Int64? = nil
    ) {
        (self.cause, self.limit, self.seconds, self.count, self.isCondition) = (cause, limit, seconds, count, isCondition)
        (self.word, self.amount) = (word, amount)
    }
}
