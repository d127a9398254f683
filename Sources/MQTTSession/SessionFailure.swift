/// Why a session or a publish failed, with what a person needs to mend it.
public enum SessionFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// libmosquitto failed; `detail` is its own last log line or the system's error, possibly empty.
    case library(ReturnCode, detail: String)
    /// No TCP connection within the time limit.
    case unreachable(host: String, port: UInt16, cause: String)
    /// The broker answered CONNECT with a refusal.
    case refused(ReasonCode)
    /// The broker ended the connection and said why.
    case ended(ReasonCode)
    /// The broker didn't answer within `seconds`.
    case unanswered(what: String, seconds: Int)
    /// We shut the socket ourselves, so that the broker delivers again what wasn't committed.
    case withheld
    /// As many publishes wait for the broker's answer as `SessionConfiguration.publishWindow` allows.
    case windowFull(limit: Int)
    case notConnected
    /// A setting that libmosquitto doesn't take.
    case configuration(String)

    /// Stable, listed in docs/errors.md.
    public var code: String {
        switch self {
        case .library: "mqtt.library"
        case .unreachable: "mqtt.unreachable"
        case .refused: "mqtt.refused"
        case .ended: "mqtt.ended"
        case .unanswered: "mqtt.unanswered"
        case .withheld: "mqtt.withheld"
        case .windowFull: "mqtt.window_full"
        case .notConnected: "mqtt.not_connected"
        case .configuration: "mqtt.configuration"
        }
    }

    /// Whether the same attempt can succeed later without anybody changing a setting.
    public var isRetryable: Bool {
        switch self {
        case .library(let code, _): ![.invalidArgument, .notSupported, .malformedUTF8, .payloadSize, .tls, .tlsHandshake].contains(code)
        case .refused(let reason), .ended(let reason):
            ![.badUserNameOrPassword, .notAuthorized, .clientIdentifierNotValid, .unsupportedProtocolVersion, .banned].contains(reason)
        case .configuration: false
        case .unreachable, .unanswered, .withheld, .windowFull, .notConnected: true
        }
    }

    public var description: String {
        switch self {
        case .library(let code, let detail): detail.isEmpty ? code.cause : "\(code.cause) (\(detail))"
        case .unreachable(let host, let port, let cause): "no connection to \(host):\(port): \(cause)"
        case .refused(let reason): "the broker refused the session: \(reason.cause)"
        case .ended(let reason): "the broker ended the session: \(reason.cause)"
        case .unanswered(let what, let seconds): "the broker didn't answer \(what) within \(seconds) s"
        case .withheld: "the connection was shut on purpose, because messages couldn't be committed"
        case .windowFull(let limit): "\(limit) publishes wait for the broker's answer already"
        case .notConnected: "there is no connection to the broker"
        case .configuration(let text): text
        }
    }
}
