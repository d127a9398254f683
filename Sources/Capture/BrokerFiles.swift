import CareModel
import Glibc

/// The texts of the broker's folder.
struct BrokerFiles {
    /// Messages that wait for the hub, per session; some 100 s of a flood of 1,000/s.
    static let queuedMessagesMax = 100_000
    /// 64 MiB per session: with `queuedMessagesMax` about 670 bytes a message.
    static let queuedBytesMax = 64 * 1_024 * 1_024
    /// Twice a turn's batch, so that the next one travels while this one is committed.
    static let inflightMessagesMax = 2 * Limits.messagesPerTurnMax
    /// zigbee2mqtt's list of devices (some 8 KiB a device, 2 MiB is what Decoding takes of it), the longest topic, and
    /// 1,024 bytes for properties. A device's own payload is held to `Limits.payloadBytesMax` by Decoding.
    static let packetBytesMax = 2 * 1_024 * 1_024 + Limits.topicBytesMax + 1_024
    /// What a kill of the broker can lose of what it holds in memory.
    static let autosaveSeconds = 30

    let folder: String
    var configuration: String { folder + "/mosquitto.conf" }
    var access: String { folder + "/access.conf" }
    var credentials: String { folder + "/credentials" }
    var passwords: String { folder + "/passwords" }
    var processID: String { folder + "/mosquitto.pid" }
    var log: String { folder + "/mosquitto.log" }
    var database: String { folder + "/mosquitto.db" }
    /// The last database that was seen whole: a hard link, because a full disk makes mosquitto put an empty one in place.
    var keptDatabase: String { folder + "/mosquitto.db.kept" }

    func configurationText(_ c: BrokerConfiguration) -> String {
        var lines = [
            "# Written by Vigil at each start; changes here are lost.",
            "per_listener_settings false",
            "allow_anonymous false",
            "password_file \(passwords)",
            "acl_file \(access)",
            "user \(BrokerFiles.ownUser())",
            "persistence true",
            "persistence_location \(folder)/",
            "persistence_file mosquitto.db",
            "autosave_interval \(BrokerFiles.autosaveSeconds)",
            "upgrade_outgoing_qos true",
            "queue_qos0_messages true",
            "max_queued_messages \(BrokerFiles.queuedMessagesMax)",
            "max_queued_bytes \(BrokerFiles.queuedBytesMax)",
            "max_inflight_messages \(BrokerFiles.inflightMessagesMax)",
            "max_packet_size \(BrokerFiles.packetBytesMax)",
            "set_tcp_nodelay true",
            "connection_messages false",
            "log_dest stdout",
            "log_timestamp_format %Y-%m-%dT%H:%M:%S",
            "log_type error",
            "log_type warning",
            "log_type notice",
        ]
        lines += ["listener \(c.port) \(c.address)", "use_username_as_clientid true"] + tls(c)
        if let port = c.sharedPort { lines += ["listener \(port) \(c.address)"] + tls(c) }
        if let port = c.internalPort { lines += ["listener \(port) 127.0.0.1", "use_username_as_clientid true"] }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The hub's sessions read and write everything but `$` topics; everybody else only what is theirs.
    func accessText(_ c: BrokerConfiguration, _ credentials: BrokerCredentials) -> String {
        var lines = ["# Written by Vigil at each start; changes here are lost."]
        for role in BrokerCredentials.roles {
            guard let entry = credentials.entry(role: role) else { continue }
            lines += ["user \(entry.user)", "topic readwrite #"]
            if role == "vigil-telemetry" { lines.append("topic read $SYS/#") }
        }
        for account in c.accounts {
            lines.append("user \(account.user)")
            lines += account.access.map { "topic \($0.mode.rawValue) \($0.filter)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func tls(_ c: BrokerConfiguration) -> [String] {
        guard let tls = c.tls else { return [] }
        var lines = ["certfile \(tls.certificateFile)", "keyfile \(tls.keyFile)", "tls_version tlsv1.2"]
        if let authority = tls.authorityFile { lines += ["cafile \(authority)", "require_certificate true"] }
        return lines
    }

    /// mosquitto started by root would become another user, who can't write the folder.
    private static func ownUser() -> String {
        guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "root" }
        return String(cString: name)
    }
}
