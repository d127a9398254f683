import CareModel

/// What hub.yaml and the environment say about this hub: where it listens, connects and stores.
///
/// Who is told is not said here: the queues stand in care-network.yaml alone.
/// Every key, with type, default and range, stands in `HubSettings.reference`, in config/hub.yaml and in
/// docs/configuration.md. Paths are relative to the folder of hub.yaml.
public struct HubSettings: Hashable, Sendable {
    /// First part of every incident's identifier: lower-case letters, digits, hyphens.
    public var hubName: String
    /// Between two signs of life on each queue, `heartbeatSecondsRange`.
    public var heartbeatSeconds = 60
    public static let heartbeatSecondsRange = 2...300
    /// Between two messages that the hub publishes to itself, `canarySecondsRange`.
    public var canarySeconds = 60
    public static let canarySecondsRange = 5...300
    public var dataFolder: String
    /// Folders that hold one folder a device profile.
    public var deviceFolders: [String]
    public var logLevel: LogLevel
    public var broker: Broker
    public var http: HTTP
    /// Nil = none.
    public var sounder: Sounder?
    /// Other hubs whose silence the wall shows; nil = none.
    public var neighbours: Neighbours?
    public var journal: Journal

    public enum LogLevel: String, Hashable, Sendable, CaseIterable { case trace, debug, info, notice, warning, error }

    /// The MQTT broker: one that the hub starts itself, or one that is there.
    public struct Broker: Hashable, Sendable {
        /// Whether the hub starts it; never when `VIGIL_BROKER_HOST` is set.
        public var isManaged: Bool
        /// Where a managed broker listens.
        public var bind: String
        /// Where another broker is.
        public var host: String
        /// Of the managed or the other broker, 1...65535.
        public var port: Int
        /// Nil = without TLS.
        public var tls: TLS?
        /// Where a managed broker takes devices with TLS; nil = nowhere. The plain listener is then for loopback alone.
        public var tlsListener: TLSListener?
        /// Nil = the hub makes up its own for a managed broker, and connects without one to another.
        public var safetyUser: Credential?
        public var telemetryUser: Credential?
        /// One `user:password` a line, for the devices of a managed broker; nil = those of the hub's data folder.
        public var devicePasswordsFile: String?
        /// Accounts of a managed broker beside those that the hub makes itself; one of the same user takes its place.
        public var accounts: [BrokerAccount] = []
    }

    /// Files in PEM form.
    public struct TLS: Hashable, Sendable {
        public var ca: String
        public var certificate: String?
        public var key: String?
        public var place: SettingPlace
    }

    /// By which certificate a server of this hub is known. Files in PEM form.
    public struct ServerCertificate: Hashable, Sendable {
        /// The server's own, then those between it and the authority.
        public var certificate: String
        public var key: String
        public var place: SettingPlace

        public init(certificate: String, key: String, place: SettingPlace) { (self.certificate, self.key, self.place) = (certificate, key, place) }
    }

    /// Where a managed broker takes devices with TLS.
    public struct TLSListener: Hashable, Sendable {
        public var bind: String
        public var port: Int
        public var server: ServerCertificate
        /// With it, a device needs a certificate of this authority besides its password.
        public var deviceCA: String?
    }

    public struct Credential: Hashable, Sendable {
        public var user: String
        /// The first line of this file is the password.
        public var passwordFile: String
    }

    public struct HTTP: Hashable, Sendable {
        public var bind: String
        public var port: Int
        /// Nil = without TLS.
        public var tls: ServerCertificate?
        /// Minutes after which an untouched screen of a person's account hides names and asks for the PIN; 0 = never.
        public var lockMinutes: Int = 10
    }

    /// A siren or light that works when every queue is down.
    public struct Sounder: Hashable, Sendable {
        public var topic: String
        public var onPayload: String
        public var offPayload: String
        public var priorityMin: Priority
    }

    public struct Journal: Hashable, Sendable {
        public var quotaMegabytes: Int
        public var keepDays: Int
        public var revisionDays: Int
        public var auditDays: Int
        public var ballastMegabytes: Int
    }
}
