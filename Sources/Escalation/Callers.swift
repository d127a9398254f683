import CareModel

/// The devices with which a resident can call for help: a press or a fall comes from them.
///
/// They are asked for a weekly test, they guard a resident in the report's coverage, and the last one of a home that fails is
/// told at night too. So a motion sensor must not count as one because its profile reads every dialect of a bridge.
public struct Callers: Hashable, Sendable {
    /// Of profiles that know their models.
    public var named: Set<DeviceID>
    /// Of generic profiles, which read a press whatever the device is: each counts from its first press on.
    public var generic: Set<DeviceID>

    public init(named: Set<DeviceID> = [], generic: Set<DeviceID> = []) { (self.named, self.generic) = (named, generic) }

    /// Whether it is one, or would be after its first press.
    public func mayInclude(_ device: DeviceID) -> Bool { named.contains(device) || generic.contains(device) }
}

extension Escalation {
    static func testKey(_ device: DeviceID) -> String { "test|" + device.text }

    /// Whether a resident can call for help with a device.
    func isCaller(_ device: DeviceID, _ context: Context) -> Bool {
        context.callers.named.contains(device) || context.callers.generic.contains(device) && done[Escalation.testKey(device)] != nil
    }

    /// Every device with which a resident can call for help, as far as is known.
    public func callers(_ context: Context) -> Set<DeviceID> {
        context.callers.named.union(context.callers.generic.filter { isCaller($0, context) })
    }
}
