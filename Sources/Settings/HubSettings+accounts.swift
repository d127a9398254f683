import CareModel

extension HubSettings {
    /// An account of the managed broker that a person writes: for something that publishes for several families of devices.
    public struct BrokerAccount: Hashable, Sendable {
        public var user: String
        /// MQTT filters that it may read and write.
        public var topics: [String]

        public init(user: String, topics: [String]) { (self.user, self.topics) = (user, topics) }
    }

    /// Accounts of `broker.accounts`; more than one bridge for each home of a large hub makes no sense.
    public static let brokerAccountsMax = 256
    /// Filters of one account.
    public static let accountTopicsMax = 64

    /// Reads `broker.accounts`.
    static func accounts(_ reader: inout MappingReader, _ problems: inout Problems) -> [BrokerAccount] {
        let nodes = reader.list("accounts", &problems)
        if nodes.count > brokerAccountsMax {
            problems.add("config.out_of_range", at: nodes[brokerAccountsMax].place, "\"accounts\" has \(nodes.count) items; it may have \(brokerAccountsMax)")
        }
        var accounts: [BrokerAccount] = []
        for node in nodes.prefix(brokerAccountsMax) {
            var inner = MappingReader(node, "an account of the broker", &problems)
            let user = accountName(&inner, taken: accounts.map(\.user), &problems)
            let topics = accountTopics(&inner, &problems)
            inner.finish(&problems)
            if let user, !topics.isEmpty { accounts.append(BrokerAccount(user: user, topics: topics)) }
        }
        return accounts
    }

    private static func accountName(_ reader: inout MappingReader, taken: [String], _ problems: inout Problems) -> String? {
        guard let node = reader.required("user", &problems), let user = node.string("user", &problems) else { return nil }
        let isPlain = user.utf8.allSatisfy { byte in
            (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte == 95 || byte == 46 || byte == 64 || byte == 45
        }
        guard isPlain, (1...128).contains(user.utf8.count), !user.hasPrefix("vigil-") else {
            problems.add("config.malformed_name", at: node.place, "\"\(user)\" cannot name an account; use 1 to 128 letters, digits, _ . @ -, not beginning with vigil-")
            return nil
        }
        guard !taken.contains(user) else {
            problems.add("config.contradiction", at: node.place, "two accounts have the user \"\(user)\"")
            return nil
        }
        return user
    }

    private static func accountTopics(_ reader: inout MappingReader, _ problems: inout Problems) -> [String] {
        guard let node = reader.required("topics", &problems) else { return [] }
        let items = reader.list("topics", &problems)
        guard (1...accountTopicsMax).contains(items.count) else {
            problems.add("config.out_of_range", at: node.place, "\"topics\" has \(items.count) items; it must have 1 to \(accountTopicsMax)")
            return []
        }
        return items.compactMap { item in
            guard let filter = item.string("topics", &problems) else { return nil }
            guard isFilter(filter) else {
                problems.add("config.malformed_topic", at: item.place, "\"\(filter)\" is no MQTT filter; + and # stand alone between slashes, # at the end, and it does not begin with $")
                return nil
            }
            return filter
        }
    }

    /// Whether mosquitto's files can hold it and it can match a topic of a device.
    static func isFilter(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= Limits.topicBytesMax, !text.hasPrefix("$"), text.first != " ", text.last != " ",
              !text.unicodeScalars.contains(where: { $0.value < 32 }) else { return false }
        let levels = text.split(separator: "/", omittingEmptySubsequences: false)
        return levels.enumerated().allSatisfy { index, level in
            level == "+" || (level == "#" && index == levels.count - 1) || !level.contains(where: { $0 == "+" || $0 == "#" })
        }
    }
}
