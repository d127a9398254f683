import CareModel

/// What an account may do with the topics of one filter.
public struct TopicAccess: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable { case read, write, readwrite }

    /// An MQTT filter that doesn't begin with `$`.
    public var filter: String
    public var mode: Mode

    public init(_ mode: Mode, _ filter: String) { (self.mode, self.filter) = (mode, filter) }
}

/// A device, a group of devices with one credential, or a reader of a care queue.
public struct BrokerAccount: Hashable, Sendable {
    /// Letters, digits and `_ . @ -`, 1...128 bytes, not beginning with `vigil-`.
    public var user: String
    /// nil: made at the first start and kept in the broker's folder. No colon, no line break, at most 256 bytes.
    public var password: String?
    public var access: [TopicAccess]

    public init(user: String, password: String? = nil, access: [TopicAccess]) {
        (self.user, self.password, self.access) = (user, password, access)
    }
}

/// TLS for the devices' listeners. Files are PEM.
public struct BrokerTLS: Hashable, Sendable {
    public var certificateFile: String
    public var keyFile: String
    /// With it, only devices with a certificate of this authority get in.
    public var authorityFile: String?

    public init(certificateFile: String, keyFile: String, authorityFile: String? = nil) {
        (self.certificateFile, self.keyFile, self.authorityFile) = (certificateFile, keyFile, authorityFile)
    }
}

/// The broker that the hub runs itself.
public struct BrokerConfiguration: Hashable, Sendable {
    /// Absolute path of a folder of its own, for instance `<data>/broker`.
    public var folder: String
    /// Where devices connect: loopback unless a person opens it to the home's network.
    public var address: String
    public var port: UInt16
    /// A second listener for devices that share one credential: on the main one, where the client identifier is the
    /// user, they would evict each other for ever.
    public var sharedPort: UInt16?
    public var tls: BrokerTLS?
    /// A plain listener on loopback for the hub's own sessions; needed with `tls`.
    public var internalPort: UInt16?
    public var accounts: [BrokerAccount]

    public init(
        folder: String, address: String = "127.0.0.1", port: UInt16 = 1_883, sharedPort: UInt16? = nil, tls: BrokerTLS? = nil,
        internalPort: UInt16? = nil, accounts: [BrokerAccount] = []
    ) {
        (self.folder, self.address, self.port, self.sharedPort) = (folder, address, port, sharedPort)
        (self.tls, self.internalPort, self.accounts) = (tls, internalPort, accounts)
    }

    /// Where the hub's own sessions connect.
    var sessionAddress: (host: String, port: UInt16) {
        if let internalPort { return ("127.0.0.1", internalPort) }
        return (address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address, port)
    }

    /// Everything that listens.
    var listeners: [(address: String, port: UInt16)] {
        var all = [(address, port)]
        if let sharedPort { all.append((address, sharedPort)) }
        if let internalPort { all.append(("127.0.0.1", internalPort)) }
        return all
    }

    /// The first thing that mosquitto's files can't hold; nil when all is well.
    func fault() -> BrokerProblem? {
        guard folder.hasPrefix("/"), !folder.utf8.contains(10) else { return .setting("the broker's folder must be an absolute path: \(folder)") }
        guard Set(listeners.map(\.port)).count == listeners.count, !listeners.contains(where: { $0.port == 0 }) else {
            return .setting("the broker's listeners need different ports from 1 to 65535")
        }
        guard tls == nil || internalPort != nil else { return .setting("with TLS the hub's own sessions need internalPort") }
        guard Set(accounts.map(\.user)).count == accounts.count else { return .setting("two broker accounts have one user name") }
        for account in accounts {
            if let what = account.fault { return .account(user: account.user, what) }
        }
        return nil
    }
}

extension BrokerAccount {
    var fault: String? {
        let isPlain = user.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "@"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isPlain, (1...128).contains(user.utf8.count) else { return "a user name has 1 to 128 letters, digits, _ . @ -" }
        guard !user.hasPrefix("vigil-") else { return "names that begin with vigil- belong to the hub" }
        if let password {
            let isClean = !password.utf8.contains { $0 < 32 || $0 == UInt8(ascii: ":") }
            guard isClean, (1...256).contains(password.utf8.count) else { return "a password has 1 to 256 bytes, no colon and no control characters" }
        }
        for entry in access {
            let bytes = Array(entry.filter.utf8)
            guard let first = bytes.first, let last = bytes.last, bytes.count <= Limits.topicBytesMax else {
                return "a topic filter has 1 to \(Limits.topicBytesMax) bytes"
            }
            guard first != UInt8(ascii: "$") else { return "topics that begin with $ belong to the hub: \(entry.filter)" }
            guard first != 32, last != 32, !bytes.contains(where: { $0 < 32 }) else {
                return "a topic filter has no spaces at its ends and no control characters"
            }
        }
        return nil
    }
}
