import CareModel

/// How one queue of the care network reaches telephones through a modem of this machine: the settings of a queue whose channel is `sms`.
///
/// gammu-smsd sends: it takes files out of one folder and puts them into another when they have left or failed (its service `files`).
public struct SMSConfiguration: Hashable, Sendable {
    /// Folders of gammu-smsd: `outboxpath`, `sentsmspath` and `errorsmspath` of its configuration.
    public var outbox: String
    public var sent: String
    public var failed: String
    /// Who gets each message: E.164, such as +8613800000011.
    public var phones: [String]
    /// How long one message may wait for the modem before the delivery counts as delayed.
    public var timeoutSeconds = 60

    public static let phonesMax = 8
    public static let timeoutSeconds = 5...600

    public init(outbox: String, sent: String, failed: String, phones: [String]) {
        (self.outbox, self.sent, self.failed, self.phones) = (outbox, sent, failed, phones)
    }

    /// Reads `{outbox, sent, error, phones, timeout_s}`; nil when something is wrong.
    ///
    /// - Parameters:
    ///   - node: the queue's `settings`.
    ///   - isMasked: whether the queue is without names and health values; a lock screen shows what it gets.
    ///   - path: makes a folder of the configuration absolute.
    public init?(_ node: ConfigurationNode?, at place: Place, queue name: QueueName, isMasked: Bool, path: (String) -> String, _ problems: inout Problems) {
        guard let node else {
            problems.add("config.missing_key", at: place, "queue \"\(name)\": SMS needs settings: phones at least")
            return nil
        }
        let before = problems.list.count
        var reader = MappingReader(node, "the settings of an SMS queue", &problems)
        let outbox = reader.string("outbox", default: "/var/spool/gammu/outbox", &problems), sent = reader.string("sent", default: "/var/spool/gammu/sent", &problems)
        let failed = reader.string("error", default: "/var/spool/gammu/error", &problems)
        let phones = reader.strings("phones", &problems)
        let timeout = reader.int("timeout_s", in: SMSConfiguration.timeoutSeconds, default: 60, &problems)
        reader.finish(&problems)
        if !isMasked { problems.add("network.sms", at: node.place, "queue \"\(name)\": a telephone shows what it gets on its lock screen; leave \"masked\" true") }
        let phonesPlace = node["phones"]?.place ?? node.place
        if phones.isEmpty || phones.count > SMSConfiguration.phonesMax || Set(phones).count != phones.count {
            problems.add("network.sms", at: phonesPlace, "queue \"\(name)\": name 1 to \(SMSConfiguration.phonesMax) different telephones under phones")
        }
        for phone in phones where !SMSConfiguration.isPhone(phone) {
            problems.add("network.sms", at: phonesPlace, "queue \"\(name)\": \"\(phone)\" is no telephone; write it as +8613800000011")
        }
        if Set([outbox, sent, failed]).count < 3 { problems.add("network.sms", at: node.place, "queue \"\(name)\": outbox, sent and error must be three folders") }
        guard problems.list.count == before else { return nil }
        self.init(outbox: path(outbox), sent: path(sent), failed: path(failed), phones: phones)
        timeoutSeconds = timeout
    }

    /// `+` and 8 to 15 digits (ITU-T E.164).
    static func isPhone(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst()
        return text.hasPrefix("+") && (8...15).contains(digits.count) && digits.allSatisfy { (48...57).contains($0) }
    }
}
