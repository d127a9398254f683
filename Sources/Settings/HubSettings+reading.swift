import CareModel

extension HubSettings {
    /// Reads hub.yaml; the environment wins over it.
    ///
    /// - Parameters:
    ///   - folder: what relative paths start from.
    ///   - environment: `VIGIL_BROKER_HOST`, `VIGIL_BROKER_PORT`, `VIGIL_HTTP_PORT`, `VIGIL_DATA_DIR` are looked at.
    /// - Returns: settings with defaults for what is wrong or absent; `problems` has every fault.
    public static func read(_ node: ConfigurationNode, folder: String, environment: [String: String], _ problems: inout Problems) -> HubSettings {
        func path(_ text: String) -> String { text.hasPrefix("/") ? text : folder + "/" + text }
        var root = MappingReader(node, "hub.yaml", &problems)
        let hubNode = root.required("hub", &problems)
        var hub = MappingReader(hubNode ?? ConfigurationNode(.null, at: node.place), "the hub", &problems)
        let name = hubNode == nil ? "" : plainName(&hub, "name", of: "the hub", &problems) ?? ""
        let heartbeat = hub.int("heartbeat_s", in: heartbeatSecondsRange, default: 60, &problems)
        let canary = hub.int("canary_s", in: canarySecondsRange, default: 60, &problems)
        hub.finish(&problems)
        let data = root.string("data_dir", default: "../data", &problems)
        let devices = root.optional("devices") == nil ? ["../devices"] : root.strings("devices", &problems)
        let level = section(&root, "log", "the log", &problems) { reader, problems in
            reader.choice("level", LogLevel.allCases.map(\.rawValue), default: "info", &problems)
        }
        var settings = HubSettings(
            hubName: name, heartbeatSeconds: heartbeat, dataFolder: path(data), deviceFolders: devices.map(path),
            logLevel: level.flatMap(LogLevel.init(rawValue:)) ?? .info,
            broker: section(&root, "broker", "the broker", &problems) { broker(&$0, path, &$1) },
            http: section(&root, "http", "the HTTP server", &problems) { reader, problems in
                HTTP(
                    bind: reader.string("bind", default: "127.0.0.1", &problems), port: reader.int("port", in: 1...65_535, default: 8_080, &problems),
                    tls: httpTLS(&reader, path, &problems), lockMinutes: reader.int("lock_minutes", in: 0...240, default: 10, &problems))
            },
            sounder: nil, neighbours: nil,
            journal: section(&root, "journal", "the journal", &problems) { reader, problems in
                Journal(
                    quotaMegabytes: reader.int("quota_mb", in: 64...1_048_576, default: 1_024, &problems),
                    keepDays: reader.int("keep_days", in: 1...3_660, default: 30, &problems),
                    revisionDays: reader.int("revision_days", in: 1...3_660, default: 90, &problems),
                    auditDays: reader.int("audit_days", in: 183...3_660, default: 366, &problems),
                    ballastMegabytes: reader.int("ballast_mb", in: 0...1_024, default: 8, &problems))
            })
        settings.canarySeconds = canary
        settings.sounder = sounder(&root, &problems)
        settings.neighbours = neighbours(&root, own: name, &problems)
        root.finish(&problems)
        settings.apply(environment, &problems)
        return settings
    }

    /// Reads an optional mapping; where it is absent, an empty one gives the defaults.
    private static func section<T>(
        _ root: inout MappingReader, _ key: String, _ what: String, _ problems: inout Problems, _ read: (inout MappingReader, inout Problems) -> T
    ) -> T {
        var reader = MappingReader(root.optional(key) ?? ConfigurationNode(.null, at: root.node.place), what, &problems)
        let value = read(&reader, &problems)
        reader.finish(&problems)
        return value
    }

    private static func broker(_ reader: inout MappingReader, _ path: (String) -> String, _ problems: inout Problems) -> Broker {
        var broker = Broker(
            isManaged: reader.bool("managed", default: true, &problems), bind: reader.string("bind", default: "127.0.0.1", &problems),
            host: reader.string("host", default: "127.0.0.1", &problems), port: reader.int("port", in: 1...65_535, default: 1_883, &problems))
        broker.tls = brokerTLS(&reader, path, &problems)
        let listenerPlace = reader.node["tls_listener"]?.place
        broker.tlsListener = tlsListener(&reader, path, &problems)
        if let listener = broker.tlsListener, let listenerPlace {
            if broker.bind != "127.0.0.1" {
                problems.add("config.contradiction", at: listenerPlace, "with \"tls_listener\" the plain listener is for this machine alone; leave broker.bind at 127.0.0.1, it is \"\(broker.bind)\"")
            }
            if listener.port == broker.port { problems.add("config.contradiction", at: listenerPlace, "broker.port and broker.tls_listener.port are both \(listener.port)") }
        }
        broker.safetyUser = credential(&reader, "safety", path, &problems)
        let telemetryNode = reader.optional("telemetry")
        broker.telemetryUser = credential(&reader, "telemetry", path, &problems)
        if let telemetryNode, let user = broker.telemetryUser?.user, user == broker.safetyUser?.user {
            problems.add("config.contradiction", at: telemetryNode.place, "the sessions safety and telemetry need a user each, or the broker lets one evict the other")
        }
        broker.devicePasswordsFile = reader.optional("device_passwords_file")?.string("device_passwords_file", &problems).map(path)
        broker.accounts = accounts(&reader, &problems)
        return broker
    }

    private static func credential(_ reader: inout MappingReader, _ key: String, _ path: (String) -> String, _ problems: inout Problems) -> Credential? {
        guard let node = reader.optional(key) else { return nil }
        var inner = MappingReader(node, "a user of the broker", &problems)
        let user = inner.string("user", &problems), file = inner.string("password_file", &problems)
        inner.finish(&problems)
        guard let user, let file else { return nil }
        return Credential(user: user, passwordFile: path(file))
    }

    private static func sounder(_ root: inout MappingReader, _ problems: inout Problems) -> Sounder? {
        guard let node = root.optional("sounder") else { return nil }
        var reader = MappingReader(node, "the sounder", &problems)
        let topic = reader.required("topic", &problems).flatMap { publishTopic($0, "topic", &problems) }
        let sounder = Sounder(
            topic: topic ?? "", onPayload: reader.string("on", default: "ON", &problems), offPayload: reader.string("off", default: "OFF", &problems),
            priorityMin: priority(&reader, default: .high, &problems))
        reader.finish(&problems)
        return topic == nil ? nil : sounder
    }

    private static func priority(_ reader: inout MappingReader, default fallback: Priority, _ problems: inout Problems) -> Priority {
        let names = Priority.allCases.map(\.name)
        return reader.choice("min_priority", names, default: fallback.name, &problems).flatMap(Priority.init(name:)) ?? fallback
    }

    /// Lower-case letters, digits and hyphens, 1...32.
    static func plainName(_ reader: inout MappingReader, _ key: String, of what: String, _ problems: inout Problems) -> String? {
        guard let node = reader.required(key, &problems), let text = node.string(key, &problems) else { return nil }
        let isPlain = text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }
        guard isPlain, (1...32).contains(text.utf8.count), !text.hasPrefix("-"), !text.hasSuffix("-") else {
            problems.add("config.malformed_name", at: node.place, "\"\(text)\" cannot name \(what); use 1 to 32 lower-case letters, digits and hyphens")
            return nil
        }
        return text
    }

    private static func publishTopic(_ node: ConfigurationNode, _ key: String, _ problems: inout Problems) -> String? {
        guard let text = node.string(key, &problems) else { return nil }
        guard !text.isEmpty, text.utf8.count <= Limits.topicBytesMax, !text.hasPrefix("$"), !text.unicodeScalars.contains(where: { $0 == "+" || $0 == "#" || $0.value < 32 }) else {
            problems.add("config.malformed_topic", at: node.place, "\"\(text)\" is no topic to publish under; it has no + # and does not begin with $")
            return nil
        }
        return text
    }
}
