/// Why the hub's own broker can't run, with what a person needs to mend it.
public enum BrokerProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case setting(String)
    case account(user: String, String)
    /// No mosquitto program in these places.
    case notInstalled(searched: [String])
    case portTaken(port: UInt16, by: String)
    /// The address isn't one of this machine, or the port needs other rights.
    case addressRefused(address: String, port: UInt16, cause: String)
    case folder(path: String, cause: String)
    case passwords(cause: String)
    /// It ended or didn't listen; `log` is the end of its log.
    case notStarted(log: String)

    /// Stable, listed in docs/errors.md.
    public var code: String {
        switch self {
        case .setting: "broker.setting"
        case .account: "broker.account"
        case .notInstalled: "broker.not_installed"
        case .portTaken: "broker.port_taken"
        case .addressRefused: "broker.address_refused"
        case .folder: "broker.folder"
        case .passwords: "broker.passwords"
        case .notStarted: "broker.not_started"
        }
    }

    public var description: String {
        switch self {
        case .setting(let what): what
        case .account(let user, let what): "broker account \(user): \(what)"
        case .notInstalled(let searched): "mosquitto is not installed (looked in \(searched.joined(separator: ", "))): apt-get install mosquitto"
        case .portTaken(let port, let owner): "port \(port) is taken by \(owner): stop it, choose another port, or use it as an external broker"
        case .addressRefused(let address, let port, let cause): "the broker can't listen on \(address):\(port): \(cause)"
        case .folder(let path, let cause): "the broker's folder \(path): \(cause)"
        case .passwords(let cause): "the broker's password file can't be made: \(cause)"
        case .notStarted(let log): "mosquitto didn't start; the end of its log: \(log)"
        }
    }
}
