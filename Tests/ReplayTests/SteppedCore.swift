import CareModel
import GatewayCore

/// A core and its records, one a second.
struct SteppedCore {
    let configuration: Configuration
    var core: GatewayCore
    /// As the ledger would hold them.
    private(set) var rows: [String: DecidedRow] = [:]
    private(set) var position: UInt64 = 0
    static let start = Instant(microseconds: 1_795_334_400_000_000)

    init(_ configuration: Configuration) {
        self.configuration = configuration
        core = GatewayCore(under: configuration)
        take(.started(HubStart(hub: "h", epoch: "1", build: "t", wall: WallTime(microseconds: SteppedCore.start.microseconds), quality: .synchronised)))
        take(.configured(configuration.digest))
    }

    @discardableResult
    mutating func take(_ body: JournalRecord.Body) -> [Effect] {
        position += 1
        var effects: [Effect] = []
        core.step(JournalRecord(position: position, at: SteppedCore.start + .seconds(Int(position)), body: body), under: configuration, into: &effects)
        for case .keep(let row) in effects { rows[row.table + "|" + row.key] = row.bytes == nil ? nil : row }
        return effects
    }

    mutating func command(_ action: Command.Action, role: Role) -> [Effect] {
        take(.command(Command(id: CommandID("c\(position)"), actor: "wang", role: role, via: .http, action: action)))
    }
}
