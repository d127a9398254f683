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
}
