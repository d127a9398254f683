/// One key of hub.yaml, as the documentation shows it.
public struct SettingReference: Hashable, Sendable {
    /// `section.key`; `[]` stands for each item of a list.
    public var key: String
    public var type: String
    public var fallback: String
    public var range: String
    public var text: String

    init(_ key: String, _ type: String, _ fallback: String, _ range: String, _ text: String) {
        (self.key, self.type, self.fallback, self.range, self.text) = (key, type, fallback, range, text)
    }
}

extension HubSettings {
    /// Every key of hub.yaml in the file's order; docs/configuration.md is made from it.
    public static let reference: [SettingReference] = [
        .init("hub.name", "name", "required", "1–32 of a–z 0–9 -", "First part of every incident's number; never change it while incidents are open."),
        .init("hub.heartbeat_s", "number", "60", "2–300", "Seconds between two signs of life on each queue; a receiver calls the hub silent after five quarters of it."),
        .init("hub.canary_s", "number", "60", "5–300", "Seconds between two messages that the hub publishes to itself through the broker (`vigil/canary`); after two and a half of them without one it is not ready and tells an incident."),
        .init("data_dir", "path", "../data", "", "Database, broker state, tokens. Local disk, not a network share. `VIGIL_DATA_DIR` wins."),
        .init("devices", "list of paths", "[../devices]", "", "Folders of device profiles: one folder a profile, with profile.yaml in it."),
        .init("log.level", "choice", "info", "trace debug info notice warning error", "Names and health values are masked at every level."),
        .init("broker.managed", "true or false", "true", "", "true: the hub starts and adopts its own mosquitto. false: it connects to `host`. `VIGIL_BROKER_HOST` makes it false."),
        .init("broker.bind", "address", "127.0.0.1", "", "Where the managed broker listens; 0.0.0.0 for devices on the network."),
        .init("broker.host", "host", "127.0.0.1", "", "Where a broker that is not managed is. `VIGIL_BROKER_HOST` wins and makes `managed` false."),
        .init("broker.port", "number", "1883", "1–65535", "Of the managed broker or of the one at `host`. `VIGIL_BROKER_PORT` wins."),
        .init("broker.tls.ca", "path", "none", "PEM", "With `tls`, the broker must show a certificate of this authority."),
        .init("broker.tls.certificate", "path", "none", "PEM", "The hub's certificate; with `key` or not at all."),
        .init("broker.tls.key", "path", "none", "PEM", "The hub's private key, readable by Vigil alone."),
        .init("broker.tls_listener.bind", "address", "0.0.0.0", "", "Managed broker: with `tls_listener`, devices connect here with TLS, and the plain listener is for loopback alone."),
        .init("broker.tls_listener.port", "number", "8883", "1–65535", "Another one than `port`."),
        .init("broker.tls_listener.certificate", "path", "required", "PEM", "The broker's certificate, then those between it and the authority that devices know."),
        .init("broker.tls_listener.key", "path", "required", "PEM", "Its private key, readable by Vigil alone."),
        .init("broker.tls_listener.device_ca", "path", "none", "PEM", "With it, a device also needs a certificate of this authority."),
        .init("broker.safety.user", "text", "made up when managed", "", "User of the session for safety topics."),
        .init("broker.safety.password_file", "path", "made up when managed", "", "Its first line is the password; mode 0600."),
        .init("broker.telemetry.user", "text", "made up when managed", "", "User of the session for all other topics; another one than `safety.user`."),
        .init("broker.telemetry.password_file", "path", "made up when managed", "", "Its first line is the password; mode 0600."),
        .init("broker.device_passwords_file", "path", "none", "", "Managed broker: one `user:password` a line for the devices; mode 0600. Users without a line get a password of the hub's."),
        .init("broker.accounts[].user", "name", "none", "letters digits _ . @ -; at most 256 accounts", "Managed broker: an account for what publishes on topics of several families, a bridge for instance. One with the user of a family (`zigbee2mqtt`) takes that family's place."),
        .init("broker.accounts[].topics", "list of filters", "required", "1–64; no leading $", "What the account may read and write."),
        .init("http.bind", "address", "127.0.0.1", "", "Where pages and API listen; 0.0.0.0 for other computers."),
        .init("http.port", "number", "8080", "1–65535", "`VIGIL_HTTP_PORT` wins."),
        .init("http.lock_minutes", "number", "10", "0–240", "After so long without a touch, a screen of a person's account hides names and presses until the PIN is given; list and sound go on. 0: never."),
        .init("http.tls.certificate", "path", "none", "PEM", "With `tls`, pages and API are reached by https alone. The server's certificate, then those between it and the authority."),
        .init("http.tls.key", "path", "none", "PEM", "Its private key, readable by Vigil alone; with `certificate`."),
        .init("sounder.topic", "topic", "none", "no + # $", "Siren or light that works when every queue is down; without `sounder` there is none."),
        .init("sounder.on", "text", "ON", "", "Payload that starts it."),
        .init("sounder.off", "text", "OFF", "", "Payload that stops it."),
        .init("sounder.min_priority", "choice", "high", "information low medium high", "Less urgent incidents stay silent."),
        .init("neighbours.topic", "filter", "none", "no leading $", "Where other hubs' signs of life arrive on this hub's broker; without `neighbours` none is watched."),
        .init("neighbours.hubs[].hub", "name", "required", "1–256 hubs", "`hub.name` of one of them. The wall names it when it is silent or not well."),
        .init("neighbours.hubs[].station", "text", "none", "", "The station that answers for it: its own wall shows it."),
        .init("journal.quota_mb", "number", "1024", "64–1048576", "What the database may use; the oldest messages go first."),
        .init("journal.keep_days", "number", "30", "1–3660", "Older messages go, even when there is room."),
        .init("journal.revision_days", "number", "90", "1–3660", "Incidents resolved longer ago keep their last revision only."),
        .init("journal.audit_days", "number", "366", "183–3660", "Who did and saw what; half a year is the least that the Cybersecurity Law (art. 21) allows."),
        .init("journal.ballast_mb", "number", "8", "0–1024", "Room kept aside so that safety incidents fit on a full disk."),
    ]

    /// The table of docs/configuration.md.
    public static var referenceTable: String {
        var out = "| Key | Type | Default | Range | Meaning |\n| --- | --- | --- | --- | --- |\n"
        for row in reference {
            out += "| `\(row.key)` | \(row.type) | \(row.fallback) | \(row.range) | \(row.text) |\n"
        }
        return out
    }
}
