import CareModel
import Escalation

// MARK: - What reports must know of the hub itself

extension GatewayCore {
    /// The hub did not run between its newest record and this start, and is deaf until its session for calls stands. How far the clock is to be
    /// believed counts anew.
    func note(_ start: HubStart, into effects: inout [Effect]) {
        func add(_ cause: Outage.Cause, _ wall: WallTime, _ hasBegun: Bool) {
            effects.append(.audit(Outage(at: wall, cause: cause, hasBegun: hasBegun).entry))
        }
        if position > 0 { add(.hub, min(clock.wall(at), start.wall), true) }
        add(.hub, start.wall, false)
        add(.link, start.wall, true)
        add(.clock, start.wall, start.quality != .synchronised)
    }

    /// Calls come over the safety session: while it has no broker nobody is heard.
    func note(_ change: LinkChange, into effects: inout [Effect]) {
        guard change.link == .safety else { return }
        switch change.change {
        case .lost: effects.append(.audit(Outage(at: clock.wall(at), cause: .link, hasBegun: true).entry))
        case .resumed: effects.append(.audit(Outage(at: clock.wall(at), cause: .link, hasBegun: false).entry))
        case .drained: break
        }
    }
}
