import CareModel

/// How one queue of the care network is reached by HTTP: the settings of a queue whose channel is `webhook`.
public struct WebhookConfiguration: Hashable, Sendable {
    public var target: WebhookTarget
    /// One Standard Webhooks secret a line, the newest first.
    public var secretFile: String
    public var guarding: AddressGuard
    /// A further authority, PEM; nil = the system's alone.
    public var authorityFile: String?
    /// For a whole request: `timeoutSeconds`.
    public var timeoutSeconds = 10
    /// Requests at one time, `parallelCounts`.
    public var parallel = 8

    public static let timeoutSeconds = 1...60
    public static let parallelCounts = 1...64
    public static let allowedRangesMax = 16

    public init(target: WebhookTarget, secretFile: String, guarding: AddressGuard = AddressGuard()) {
        (self.target, self.secretFile, self.guarding) = (target, secretFile, guarding)
    }

    /// Reads `{url, secret_file, allow_private, ca, timeout_s, parallel}`; nil when something is wrong.
    ///
    /// - Parameters:
    ///   - node: the queue's `settings`.
    ///   - path: makes a file of the configuration absolute.
    public init?(_ node: ConfigurationNode?, at place: Place, queue name: QueueName, path: (String) -> String, _ problems: inout Problems) {
        guard let node else {
            problems.add("config.missing_key", at: place, "queue \"\(name)\": a webhook needs settings: url and secret_file at least")
            return nil
        }
        let before = problems.list.count
        var reader = MappingReader(node, "the settings of a webhook", &problems)
        let url = reader.string("url", &problems), secretFile = reader.string("secret_file", &problems)
        let ranges = reader.list("allow_private", &problems)
        let authority = reader.optional("ca")?.string("ca", &problems)
        let timeout = reader.int("timeout_s", in: WebhookConfiguration.timeoutSeconds, default: 10, &problems)
        let parallel = reader.int("parallel", in: WebhookConfiguration.parallelCounts, default: 8, &problems)
        reader.finish(&problems)
        if ranges.count > WebhookConfiguration.allowedRangesMax {
            problems.add("config.too_many", at: ranges[WebhookConfiguration.allowedRangesMax].place, "at most \(WebhookConfiguration.allowedRangesMax) ranges")
        }
        var allowed: [AddressRange] = []
        for node in ranges.prefix(WebhookConfiguration.allowedRangesMax) {
            guard let text = node.string("allow_private", &problems) else { continue }
            if let range = AddressRange(text), AddressGuard.privateRanges.contains(where: { $0.0.contains(range) }) {
                allowed.append(range)
            } else {
                problems.add("network.allow_private", at: node.place, "queue \"\(name)\": \"\(text)\" is no range of a private network, such as 192.168.7.0/24; public addresses need no leave, link-local ones get none")
            }
        }
        let urlPlace = node["url"]?.place ?? node.place
        var target: WebhookTarget?
        if let url {
            do { target = try WebhookTarget(url) } catch { problems.add("network.url", at: urlPlace, "queue \"\(name)\": \(error.description)") }
        }
        let guarding = AddressGuard(allowed: allowed)
        if let target {
            if !target.isSecure, allowed.isEmpty {
                problems.add("network.plaintext", at: urlPlace, "queue \"\(name)\": http only into the station's own network: name it under allow_private, or use https")
            }
            if let address = target.address {
                do { try guarding.check(address) } catch { problems.add("network.url", at: urlPlace, "queue \"\(name)\": \(error)") }
            }
        }
        guard let target, let secretFile, problems.list.count == before else { return nil }
        self.init(target: target, secretFile: path(secretFile), guarding: guarding)
        (authorityFile, timeoutSeconds, self.parallel) = (authority.map(path), timeout, parallel)
    }
}
