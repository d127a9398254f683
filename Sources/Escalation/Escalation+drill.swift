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
}
