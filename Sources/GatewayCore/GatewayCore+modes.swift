import CareModel
import Detection

// MARK: - Visitors and absences

extension GatewayCore {
    /// What people told about homes and is in force.
    public var modes: [ModeInForce] { detection.modes }

    /// Devices in installer's mode: until when the first press of each is a drill.
    public var armed: [DeviceID: Instant] { escalation.armed }

    /// Carries out a person's word about a home; said twice, it holds once, with the later end.
    mutating func setMode(_ change: ModeChange, _ command: Command, deciding: Bool, into effects: inout [Effect]) {
        var why = refusal(of: change, by: command.role)
        if why == nil, !detection.setMode(change, at: at, clock: clock, under: effective.rules, into: &findings) { why = .limitReached }
        guard deciding else { return }
        effects.append(.audit(AuditEntry(
            at: clock.wall(at), actor: command.actor, role: command.role, via: command.via, action: "mode " + (change.mode?.name ?? "normal"),
            object: change.resident?.text ?? change.home.text, outcome: why?.name ?? "done")))
        effects.append(.answer(command.id, why.map { .refused($0) } ?? .done(revision: 0)))
    }

    /// Who lives with the resident, or looks after them, knows who is at home; an inspector reads, and a device can't tell.
    private func refusal(of change: ModeChange, by role: Role) -> Refusal? {
        if role == .inspector || role == .device { return .notAllowed }
        guard let home = effective.household.home(change.home) else { return .unknownHome }
        if let resident = change.resident {
            guard let index = effective.household.resident(resident), effective.household.residents[index].home == home else { return .unknownResident }
        }
        guard let mode = change.mode else { return nil }
        return (ModeChange.secondsMin...mode.secondsMax).contains(change.seconds) ? nil : .limitReached
    }
}
