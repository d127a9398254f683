/// How to reach a broker over TLS. Files are PEM.
public struct TLSConfiguration: Hashable, Sendable {
    /// The only authorities that are believed.
    public var authorityFile: String
    /// With `keyFile`: the certificate by which the broker knows this hub.
    public var certificateFile: String?
    public var keyFile: String?

    public init(authorityFile: String, certificateFile: String? = nil, keyFile: String? = nil) {
        (self.authorityFile, self.certificateFile, self.keyFile) = (authorityFile, certificateFile, keyFile)
    }
}

/// All that one session needs to know. Defaults are our choice; each says why.
public struct SessionConfiguration: Hashable, Sendable {
    public var host: String
    public var port: UInt16
    /// 1...65,535 bytes. With mosquitto's `use_username_as_clientid` the broker replaces it by `user`.
    public var clientID: String
    public var user: String?
    public var password: String?
    /// nil is plain TCP.
    public var tls: TLSConfiguration?
    /// true: the broker keeps queue and subscriptions while we are away, without end.
    public var isPersistent: Bool
    /// 5...65,535 s. 30 s: a cut cable is noticed within 45 s.
    public var keepAliveSeconds: Int
    /// Messages that the broker may send before it sees our acknowledgements, 500...65,535. Twice a turn's
    /// batch, so that the next batch travels while this one is committed.
    public var receiveMaximum: UInt16
    /// Publishes that may wait for the broker's answer, 1...65,535.
    public var publishWindow: Int
    /// For the TCP connection and again for CONNACK.
    public var connectSecondsMax: Int

    public init(
        host: String, port: UInt16, clientID: String, user: String? = nil, password: String? = nil,
        tls: TLSConfiguration? = nil, isPersistent: Bool = true, keepAliveSeconds: Int = 30,
        receiveMaximum: UInt16 = 1_024, publishWindow: Int = 256, connectSecondsMax: Int = 10
    ) {
        (self.host, self.port, self.clientID, self.user, self.password) = (host, port, clientID, user, password)
        (self.tls, self.isPersistent, self.keepAliveSeconds) = (tls, isPersistent, keepAliveSeconds)
        (self.receiveMaximum, self.publishWindow, self.connectSecondsMax) = (receiveMaximum, publishWindow, connectSecondsMax)
    }

    /// Whether connecting can't stall: the kernel answers for its own addresses at once.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
