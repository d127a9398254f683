import CareModel

/// One row of the one-minute table: the longest time from the condition in the world to the finding.
///
/// The pipeline (broker, core, commit, delivery) is not in it: the one who prints the table adds it.
public struct WorstCase: Hashable, Sendable {
    /// How `seconds` is to be read.
    public enum Promise: UInt8, Hashable, Sendable {
        /// The device reports at once: transport delay alone. The supervision interval says how long a dead
        /// device goes unnoticed.
        case deviceReported = 0
        /// Reporting interval + persistence + transport delay.
        case periodic = 1
        /// Measured when somebody measures: `seconds` counts from the measurement.
        case spot = 2
        /// A time that must pass by the rule's own meaning (silence, inactivity, a stay): the minute counts from its end.
        case absence = 3

        /// Stable word for tables: `device_reported`.
        public var name: String {
            switch self {
            case .deviceReported: "device_reported"
            case .periodic: "periodic"
            case .spot: "spot"
            case .absence: "absence"
            }
        }
    }

    public var home: HomeID?
    public var residents: [ResidentID]
    public var device: DeviceID?
    public var profile: String
    public var room: String
    public var rule: String
    public var kind: Kind?
    /// The highest priority that the rule can give here.
    public var priority: Priority
    public var promise: Promise
    /// The sum of the parts below; nil where the rule is off.
    public var seconds: Int?
    public var transportSeconds: Int
    /// The device's reporting interval; nil = on occurrence or on demand.
    public var intervalSeconds: Int?
    /// How long the condition itself lasts by the rule's meaning (a stay, a silence, a dose): no delay, it is wrong only when this has passed.
    public var windowSeconds: Int
    /// What the rule adds to its condition: a hold, readings in a row.
    public var persistenceSeconds: Int
    /// A healthy device is heard at least this often; nil = it can't be supervised.
    public var supervisionSeconds: Int?
    /// Why the rule is off here; nil = on.
    public var off: OffReason?
    /// The words with which somebody accepted a longer time for this resident and rule (`accepted:`).
    public var accepted: String?

    /// Whether it is a high-priority row that takes longer than a minute (with `pipelineSeconds`) from the end of its window, and
    /// that nobody accepted.
    public func isOverMinute(pipelineSeconds: Int) -> Bool {
        guard priority == .high, accepted == nil, let seconds else { return false }
        return seconds - windowSeconds + pipelineSeconds > 60
    }
}

/// Why a rule is off in one place. It is shown in the table, so that nobody counts on it.
public enum OffReason: UInt8, Hashable, Sendable, CaseIterable {
    case severalOccupants = 0
    case pets = 1
    /// No device of the home gives what the rule needs.
    case noSensor = 2
    /// The profile gives no sign of life that could be missed.
    case notSupervisable = 3
    /// The rule is for other devices (safety devices, or the others).
    case otherDevices = 4
    /// The binding's profile does not exist.
    case unknownProfile = 5
    /// A clinician switched it off for the resident.
    case switchedOff = 6
    /// Nobody registered lives there.
    case nobodyRegistered = 7
    /// It needs something that only people know, for instance a safe area.
    case notConfigured = 8

    public var name: String {
        switch self {
        case .severalOccupants: "several_occupants"
        case .pets: "pets"
        case .noSensor: "no_sensor"
        case .notSupervisable: "not_supervisable"
        case .otherDevices: "other_devices"
        case .unknownProfile: "unknown_profile"
        case .switchedOff: "switched_off"
        case .nobodyRegistered: "nobody_registered"
        case .notConfigured: "not_configured"
        }
    }

    public var text: LocalizedText {
        switch self {
        case .severalOccupants: LocalizedText(zhCN: "家中不止一人，无法判断是谁", en: "more than one person lives there, nobody can tell who it is")
        case .pets: LocalizedText(zhCN: "家中有宠物，活动不代表有人", en: "a pet moves there, so movement does not mean a person")
        case .noSensor: LocalizedText(zhCN: "家中没有所需的传感器", en: "no device there gives what the rule needs")
        case .notSupervisable: LocalizedText(zhCN: "该设备不定期报告，无法监测失联", en: "the device sends no regular sign of life")
        case .otherDevices: LocalizedText(zhCN: "该规则用于其他设备", en: "the rule is for other devices")
        case .unknownProfile: LocalizedText(zhCN: "设备型号未知", en: "the profile of the device is unknown")
        case .switchedOff: LocalizedText(zhCN: "已为此老人关闭", en: "switched off for this resident")
        case .nobodyRegistered: LocalizedText(zhCN: "该住处没有登记的老人", en: "no resident is registered there")
        case .notConfigured: LocalizedText(zhCN: "尚未为此老人设置", en: "nobody has set it up for this resident")
        }
    }
}
