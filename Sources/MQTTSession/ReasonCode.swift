/// The reason codes of MQTT 5 (OASIS MQTT 5.0, §2.4), with their causes.
public enum ReasonCode: UInt8, Hashable, Sendable, CaseIterable {
    /// Also "normal disconnection" and "granted QoS 0".
    case success = 0x00
    case grantedQoS1 = 0x01
    case grantedQoS2 = 0x02
    case disconnectWithWill = 0x04
    case noMatchingSubscribers = 0x10
    case noSubscriptionExisted = 0x11
    case continueAuthentication = 0x18
    case reauthenticate = 0x19
    case unspecified = 0x80
    case malformedPacket = 0x81
    case protocolError = 0x82
    case implementationSpecific = 0x83
    case unsupportedProtocolVersion = 0x84
    case clientIdentifierNotValid = 0x85
    case badUserNameOrPassword = 0x86
    case notAuthorized = 0x87
    case serverUnavailable = 0x88
    case serverBusy = 0x89
    case banned = 0x8A
    case serverShuttingDown = 0x8B
    case badAuthenticationMethod = 0x8C
    case keepAliveTimeout = 0x8D
    case sessionTakenOver = 0x8E
    case topicFilterInvalid = 0x8F
    case topicNameInvalid = 0x90
    case packetIdentifierInUse = 0x91
    case packetIdentifierNotFound = 0x92
    case receiveMaximumExceeded = 0x93
    case topicAliasInvalid = 0x94
    case packetTooLarge = 0x95
    case messageRateTooHigh = 0x96
    case quotaExceeded = 0x97
    case administrativeAction = 0x98
    case payloadFormatInvalid = 0x99
    case retainNotSupported = 0x9A
    case qosNotSupported = 0x9B
    case useAnotherServer = 0x9C
    case serverMoved = 0x9D
    case sharedSubscriptionsNotSupported = 0x9E
    case connectionRateExceeded = 0x9F
    case maximumConnectTime = 0xA0
    case subscriptionIdentifiersNotSupported = 0xA1
    case wildcardSubscriptionsNotSupported = 0xA2

    /// The code as libmosquitto hands it over; one outside the standard counts as `unspecified`.
    public init(_ raw: Int32) { self = UInt8(exactly: raw).flatMap(ReasonCode.init(rawValue:)) ?? .unspecified }

    /// Codes from 0x80 on are refusals.
    public var isFailure: Bool { rawValue >= 0x80 }

    /// In plain words, for a person who has to mend it.
    public var cause: String {
        switch self {
        case .success: "accepted"
        case .grantedQoS1: "granted with QoS 1"
        case .grantedQoS2: "granted with QoS 2"
        case .disconnectWithWill: "disconnected, and the will is published"
        case .noMatchingSubscribers: "the broker took it, but nobody subscribes to the topic"
        case .noSubscriptionExisted: "there was no such subscription"
        case .continueAuthentication: "another step of authentication is wanted"
        case .reauthenticate: "authentication is wanted again"
        case .unspecified: "refused without a reason"
        case .malformedPacket: "a packet was malformed"
        case .protocolError: "the MQTT protocol was broken"
        case .implementationSpecific: "refused for a reason of the broker's own"
        case .unsupportedProtocolVersion: "the broker doesn't speak MQTT 5"
        case .clientIdentifierNotValid: "the broker doesn't accept the client identifier"
        case .badUserNameOrPassword: "user name or password is wrong"
        case .notAuthorized: "not authorised: wrong user or password, or the access list denies it"
        case .serverUnavailable: "the broker is not available"
        case .serverBusy: "the broker is busy"
        case .banned: "the broker has banned this client"
        case .serverShuttingDown: "the broker is shutting down"
        case .badAuthenticationMethod: "the authentication method is not supported"
        case .keepAliveTimeout: "the broker heard nothing within the keep-alive time"
        case .sessionTakenOver: "another client connected with the same identifier: is a second gateway running?"
        case .topicFilterInvalid: "the topic filter is invalid"
        case .topicNameInvalid: "the topic is invalid"
        case .packetIdentifierInUse: "the packet identifier is in use"
        case .packetIdentifierNotFound: "the packet identifier is unknown"
        case .receiveMaximumExceeded: "more messages were in flight than agreed"
        case .topicAliasInvalid: "a topic alias is invalid"
        case .packetTooLarge: "the packet is longer than the broker accepts"
        case .messageRateTooHigh: "the message rate is too high"
        case .quotaExceeded: "a quota of the broker is used up"
        case .administrativeAction: "an administrator of the broker ended it"
        case .payloadFormatInvalid: "the payload is not in the format that was declared"
        case .retainNotSupported: "the broker doesn't keep retained messages"
        case .qosNotSupported: "the broker doesn't support this quality of service"
        case .useAnotherServer: "the broker asks to use another one"
        case .serverMoved: "the broker has moved"
        case .sharedSubscriptionsNotSupported: "shared subscriptions are not supported"
        case .connectionRateExceeded: "too many connections in a short time"
        case .maximumConnectTime: "the longest time of a connection is over"
        case .subscriptionIdentifiersNotSupported: "subscription identifiers are not supported"
        case .wildcardSubscriptionsNotSupported: "wildcard subscriptions are not supported"
        }
    }
}
