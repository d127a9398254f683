import CareModel

extension Escalation {
    /// Installer's mode: whether this finding is the armed device's first press; then the mode is over.
    ///
    /// Only a live SOS or call button counts. A press from the device's history was made before the technician
    /// came, and any other safety kind is real.
    mutating func disarm(by finding: Finding, at: Instant, into decisions: inout [Decision]) -> DeviceID? {
        guard !armed.isEmpty, !finding.isLate, Escalation.isPress(finding.kind),
              let device = finding.evidence.last?.device ?? finding.subject.device, let until = armed[device], at <= until else { return nil }
        armed[device] = nil
        deadlines.remove(until, .armed(device))
        decisions.append(.keep(Escalation.removal(Table.armed, device.text)))
        return device
    }

    static func isPress(_ kind: String) -> Bool {
        [Kind.sos, .callButton].contains { kind == $0.name || kind.hasPrefix($0.name + ".") }
    }

    /// Arms one device, or moves the end of its mode.
    mutating func arm(_ device: DeviceID, seconds: Int, at: Instant, _ context: Context, into decisions: inout [Decision]) -> Refusal? {
        guard context.household.binding(of: device) != nil else { return .unknownDevice }
        guard (1...EscalationLimits.armSecondsMax).contains(seconds) else { return .limitReached }
        guard armed[device] != nil || armed.count < EscalationLimits.armedDevicesMax else { return .limitReached }
        if let before = armed[device] { deadlines.remove(before, .armed(device)) }
        let until = at + .seconds(seconds)
        armed[device] = until
        deadlines.insert(until, .armed(device))
        decisions.append(.keep(Escalation.row(Table.armed, device.text) { $0.instant(until) }))
        return nil
    }

    /// Opens a drill of an occurrence that no device reported: it goes the way of a real one, for the station alone.
    ///
    /// It stands on no condition, so that nothing which a device says meanwhile is taken for a part of it: a real fall, or one that was closed
    /// and is told again, opens an incident of its own.
    /// - Parameter finding: what the rules make of the occurrence; nil = the resident has no device from which it could come.
    mutating func exercise(
        _ finding: Finding?, of resident: ResidentID, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard context.household.resident(resident) != nil else { return .refused(.unknownResident) }
        guard let finding, let device = finding.subject.device ?? finding.evidence.last?.device else { return .refused(.unknownDevice) }
        let joinKey = Escalation.drillPrefix + finding.joinKey
        guard byJoinKey[joinKey] == nil else { return .refused(.drillOpen) }
        open(finding, joinKey: joinKey, drillOf: device, position: 0, at: at, context, into: &decisions)
        guard let id = byJoinKey[joinKey] else { return .refused(.notAllowed) }
        byCondition[Escalation.drillPrefix + finding.conditionKey] = nil
        release(finding.conditionKey, from: id)
        return .carriedOut(Deed(at: context.clock.wall(at), incidents: [id]))
    }
}
