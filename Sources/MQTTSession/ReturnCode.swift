/// What libmosquitto says about a call: every code of `enum mosq_err_t` of version 2.0, with its cause.
public enum ReturnCode: Int32, Hashable, Sendable, CaseIterable {
    case authenticationContinues = -4
    case noSubscribers = -3
    case subscriptionExists = -2
    case connectionPending = -1
    case success = 0
    case outOfMemory = 1
    case protocolViolation = 2
    case invalidArgument = 3
    case noConnection = 4
    case connectionRefused = 5
    case notFound = 6
    case connectionLost = 7
    case tls = 8
    case payloadSize = 9
    case notSupported = 10
    case authentication = 11
    case accessDenied = 12
    case unknown = 13
    case systemError = 14
    case addressLookup = 15
    case proxy = 16
    case pluginDeferred = 17
    case malformedUTF8 = 18
    case keepAlive = 19
    case lookup = 20
    case malformedPacket = 21
    case duplicateProperty = 22
    case tlsHandshake = 23
    case qosNotSupported = 24
    case oversizePacket = 25
    case ocsp = 26
    case timeout = 27
    case retainNotSupported = 28
    case topicAliasInvalid = 29
    case administrativeAction = 30
    case alreadyExists = 31

    /// The code of a call; one that this version of Vigil doesn't know counts as `unknown`.
    public init(_ raw: Int32) { self = ReturnCode(rawValue: raw) ?? .unknown }

    /// In plain words, for a person who has to mend it.
    public var cause: String {
        switch self {
        case .authenticationContinues: "the broker wants another step of authentication"
        case .noSubscribers: "nobody subscribes to the topic"
        case .subscriptionExists: "the subscription exists already"
        case .connectionPending: "the connection is being made"
        case .success: "no error"
        case .outOfMemory: "the memory is exhausted"
        case .protocolViolation: "the broker broke the MQTT protocol, or speaks another version than MQTT 5"
        case .invalidArgument: "an argument is invalid: empty host, port 0, a keep-alive under 5 s or a malformed topic"
        case .noConnection: "there is no connection to the broker"
        case .connectionRefused: "the broker refused the connection"
        case .notFound: "no such message or session"
        case .connectionLost: "the broker closed the connection"
        case .tls: "TLS failed: check the CA file, the client certificate and its key"
        case .payloadSize: "the payload is longer than MQTT allows"
        case .notSupported: "this build of libmosquitto can't do that"
        case .authentication: "the authentication failed"
        case .accessDenied: "the broker's access list denies it"
        case .unknown: "an error that libmosquitto doesn't name"
        case .systemError: "the operating system reported an error"
        case .addressLookup: "the broker's host name can't be resolved"
        case .proxy: "the SOCKS proxy refused"
        case .pluginDeferred: "a plug-in of the broker passed the question on"
        case .malformedUTF8: "a topic or text is not UTF-8"
        case .keepAlive: "the broker didn't answer a ping in time"
        case .lookup: "the look-up of the broker's address failed"
        case .malformedPacket: "a packet is malformed"
        case .duplicateProperty: "an MQTT 5 property came twice"
        case .tlsHandshake: "the TLS handshake failed: check that the CA signed the broker's certificate and that its name is the host's"
        case .qosNotSupported: "the broker doesn't support this quality of service"
        case .oversizePacket: "the packet is longer than the broker accepts"
        case .ocsp: "the certificate's revocation check failed"
        case .timeout: "the time ran out"
        case .retainNotSupported: "the broker doesn't keep retained messages"
        case .topicAliasInvalid: "a topic alias is invalid"
        case .administrativeAction: "an administrator of the broker ended the connection"
        case .alreadyExists: "it exists already"
        }
    }
}
