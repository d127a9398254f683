/// Escalation's own limits; each is tested at the limit and one past it.
public enum EscalationLimits {
    /// Installer's mode ends by itself after at most this.
    public static let armSecondsMax = 300
    /// Devices that may be armed at one time; one technician tests one device.
    public static let armedDevicesMax = 8
    /// Commands whose answers are remembered, so that a second arrival does nothing.
    public static let recentCommandsMax = 1_024
    /// Annotations that an incident keeps; beyond it the oldest of the hub's own go first, from the middle.
    public static let annotationsPerIncidentMax = 128
    /// Of these, how many people may write; one more is refused with `limit_reached`, so that a note is never dropped.
    public static let notesPerIncidentMax = 96
    /// Repetitions that change nothing are told at most this often per incident; our choice: often enough for a page
    /// that counts presses, rare enough that a chattering device fills no queue. They are kept at once in any case.
    public static let quietRevisionSeconds = 10
    /// Tiers of one response.
    public static let tiersMax = 16
    /// Responses of one plan.
    public static let responsesMax = 64
    /// Queues of one care network, and the length of a queue's name: it stands in topics, paths and delivery keys.
    public static let queuesMax = 32
    public static let queueNameBytesMax = 32
    /// The longest wait of a tier since opening: a day.
    public static let tierSecondsMax = 86_400
    /// The shortest time of a follow-up: nobody picks up a telephone in less.
    public static let followUpSecondsMin = 10
    /// The name of a colleague to whom an incident is offered, as long as an account's may be.
    public static let actorBytesMax = 128
    /// Conditions that one incident tells apart; further ones join as evidence and need a person to close.
    public static let conditionsPerIncidentMax = 32
    /// Chains of help of one care network, levels of a chain, posts of all.
    public static let chainsMax = 8
    public static let levelsMax = 16
    public static let postsMax = 512
    /// Rotas of one care network, shifts and absences of a rota, people of a shift.
    public static let rotasMax = 64
    public static let shiftsMax = 64
    public static let absencesMax = 256
    public static let peoplePerShiftMax = 16
    /// Seconds given to a post before the next in turn is asked: a minute for who sits there, as the policy's answer; three for who must be
    /// rung up. Our choice.
    public static let staffedTakeSeconds = 60
    public static let onCallTakeSeconds = 180
    /// How far ahead a time without anybody on duty is looked for: long enough to find somebody during the day for the night. Our choice.
    public static let seenAheadHours = 12
    public static let seenAheadHoursMax = 72
    /// How long an incident may be put aside: a minute to a day; our choice, so that each is looked at again on the next day.
    public static let shelfSeconds = 60...86_400
    /// A closing can be taken back within an hour, and of the newest closings only; our choice: afterwards it is another matter.
    public static let reopenSeconds = 3_600
    public static let reopenableMax = 128
    /// Technical incidents of one kind and station that are told one by one within the time; the next ones are grouped. Our choice: one operator can
    /// take in about ten alarms in ten minutes (ISA-18.2), five at once leave room for others.
    public static let stormSingles = 5
    public static let stormSeconds = 60
    /// Recoveries after which the next coming is flapping, and how long it must be quiet; joins remembered at one time. Our choice.
    public static let flapsBefore = 2
    public static let calmSeconds = 600
    public static let flapsMax = 1_024
    /// Intervals of tests, drills and visits, in days.
    public static let dutyDays = 1...366
    /// Hours within which a fault is mended: up to a week.
    public static let repairHours = 1...168
    /// Whom the district's list may name for one hub.
    public static let eligibleResidents = 1...100_000
}
