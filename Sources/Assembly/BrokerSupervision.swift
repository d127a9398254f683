import CareModel
import Capture
import Forwarding
import Foundation
import Logging
import MQTTSession
import Settings

/// Starts or adopts the managed broker and keeps it alive for as long as the hub runs. It is left running at the end.
actor BrokerSupervision {
    static let lookInterval = Duration.seconds(5)

    private var broker: ManagedBroker
    private let logger: Logger
    private(set) var health: ManagedBroker.Health?

    /// Starts or adopts it.
    init(_ configuration: BrokerConfiguration, logger: Logger) throws {
        broker = try ManagedBroker(configuration, logger: logger)
        self.logger = logger
        try broker.start()
    }

    /// How the hub's own sessions reach it.
    var sessions: (safety: SessionConfiguration, telemetry: SessionConfiguration, upstream: SessionConfiguration) {
        (broker.safetySession, broker.telemetrySession, broker.upstreamSession)
    }

    /// Gives it other accounts, passwords or topics while it runs; its sessions and queues stay.
    func follow(_ configuration: BrokerConfiguration) throws {
        guard configuration != broker.configuration else { return }
        let next = try ManagedBroker(configuration, logger: logger)
        try next.start()
        broker = next
    }

    /// Looks after it until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                health = try broker.ensureRunning()
            } catch {
                logger.error("\(error)")
            }
            try? await Task.sleep(for: BrokerSupervision.lookInterval)
        }
    }
}

extension BrokerConfiguration {
    /// The managed broker of these settings: an account for each family of devices, bound to its topics, and one for readers of the queues.
    ///
    /// - Parameters:
    ///   - settings: where it listens, and its accounts.
    ///   - loaded: what the hub subscribes, the first level of each filter names its account; and where it publishes.
    /// - Throws: `Gateway.StartFailure` when the file of device passwords can't be read or names a user that there is not.
    init(_ settings: HubSettings, folder: String, _ loaded: LoadedConfiguration) throws {
        let filters = loaded.core.profiles.subscriptions.map(\.filter), queueTopics = loaded.ways.queues.values.compactMap { queue -> String? in
            if case .mqtt(let topic) = queue.way { topic } else { nil }
        }.sorted()
        let sounderTopic = settings.sounder?.topic
        var topics: [String: [String]] = [:]
        for filter in filters {
            let head = filter.split(separator: "/", omittingEmptySubsequences: false).first.map(String.init) ?? filter
            let isPlain = !head.isEmpty && head.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 65 && $0 <= 90) || ($0 >= 48 && $0 <= 57) || $0 == 95 || $0 == 45 }
            topics[isPlain ? head : "devices", default: []].append(filter)
        }
        let announcements = topics["homeassistant"] ?? []
        var accounts = topics.sorted { $0.key < $1.key }.map { name, filters in
            // Whatever publishes may announce itself: that proposes a profile to a technician, and is never a reading.
            let written = (filters + (name == "homeassistant" ? [] : announcements)).sorted()
            return BrokerAccount(user: name, access: written.map { TopicAccess(.write, $0) } + filters.sorted().filter { !$0.hasPrefix("+") }.map { TopicAccess(.read, $0) })
        }
        let commandTopics = loaded.ways.commandTopics.keys.sorted(), answerTopics = loaded.ways.answerTopics
        let read = (queueTopics + queueTopics.map { MQTTChannel.heartbeatTopic($0) } + answerTopics + (sounderTopic.map { [$0] } ?? [])).sorted()
        accounts.append(BrokerAccount(user: "care", access: read.map { TopicAccess(.read, $0) } + commandTopics.map { TopicAccess(.write, $0) }))
        // What a person wrote wins over what the hub made up.
        for written in settings.broker.accounts {
            accounts.removeAll { $0.user == written.user }
            accounts.append(BrokerAccount(user: written.user, access: written.topics.map { TopicAccess(.readwrite, $0) }))
        }
        if let file = settings.broker.devicePasswordsFile { try BrokerConfiguration.setPasswords(&accounts, file) }
        let port = UInt16(clamping: settings.broker.port)
        guard let listener = settings.broker.tlsListener else {
            self.init(folder: folder, address: settings.broker.bind, port: port, accounts: accounts)
            return
        }
        // The plain listener stays for what runs on this machine, the hub's sessions among it.
        let tls = BrokerTLS(
            certificateFile: Gateway.absolute(listener.server.certificate), keyFile: Gateway.absolute(listener.server.key),
            authorityFile: listener.deviceCA.map { Gateway.absolute($0) })
        self.init(folder: folder, address: listener.bind, port: UInt16(clamping: listener.port), tls: tls, internalPort: port, accounts: accounts)
    }

    private static func setPasswords(_ accounts: inout [BrokerAccount], _ file: String) throws {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Gateway.StartFailure(description: "broker.device_passwords_file: \(file) can't be read")
        }
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() where !line.isEmpty {
            let user = line.prefix { $0 != ":" }
            guard line.contains(":"), let index = accounts.firstIndex(where: { $0.user == user }) else {
                let known = accounts.map(\.user).joined(separator: ", ")
                throw Gateway.StartFailure(description: "\(file):\(number + 1): expected user:password with a user of the broker: \(known)")
            }
            accounts[index].password = String(line.dropFirst(user.count + 1))
        }
    }
}
