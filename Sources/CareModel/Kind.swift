/// What a reading is about: one row a kind, the whole vocabulary that profiles and rules may use.
///
/// Raw values are stored in the journal and in checkpoints: never renumber, only append.
public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case heartRate = 0
    case spo2 = 1
    case perfusionIndex = 2
    case respiratoryRate = 3
    case bodyTemperature = 4
    case skinTemperature = 5
    case bpSystolic = 6
    case bpDiastolic = 7
    case bpMean = 8
    case glucose = 9
    case weight = 10
    case hrvSdnn = 11
    case rrInterval = 12
    case waveform = 13
    case fall = 14
    case sos = 15
    case callButton = 16
    case smoke = 17
    case carbonMonoxide = 18
    case waterLeak = 19
    case gas = 20
    case geofence = 21
    case wandering = 22
    case immobile = 23
    case motion = 24
    case presence = 25
    case region = 26
    case positionX = 27
    case positionY = 28
    case opening = 29
    case bedOccupancy = 30
    case chairOccupancy = 31
    case outOfBedTime = 32
    case roomUse = 33
    case posture = 34
    case sleepStage = 35
    case sleepDuration = 36
    case steps = 37
    case stepsToday = 38
    case latitude = 39
    case longitude = 40
    case locationAccuracy = 41
    case tagPresent = 42
    case worn = 43
    case appliancePower = 44
    case medicationTaken = 45
    case enuresis = 46
    case roomTemperature = 47
    case humidity = 48
    case illuminance = 49
    case pressure = 50
    case co2 = 51
    case coLevel = 52
    case online = 53
    case restarted = 54
    case battery = 55
    case batteryLow = 56
    case batteryVoltage = 57
    case externalPower = 58
    case rssi = 59
    case linkQuality = 60
    case linkMargin = 61
    case tamper = 62
    case fault = 63
    case test = 64
    case chipTemperature = 65
    case clockSkew = 66
    case consciousness = 67
    case oxygenTherapy = 68
    case gasLevel = 69
    case objectMotion = 70
    case motionCount = 71
    case targetDistance = 72
    case roomUseToday = 73
    case sleepStages = 74
    case batteryCharge = 75
    case signalLevel = 76
    case uricAcid = 77
    case cholesterol = 78
    case rawCurrent = 79
    case rawVoltage = 80
    case attendance = 81

    /// The dotted name that profiles, rules and JSON use, for instance `vital.heart_rate`.
    public var name: String { entry.name }

    /// Whether it is a safety kind: never delayed, inhibited, silenced or rate-limited away.
    public var isSafety: Bool { entry.name.hasPrefix("safety.") }
    /// Whether it says something about a person, not only about a device or a room.
    public var isOfPerson: Bool { !entry.name.hasPrefix("device.") && !entry.name.hasPrefix("env.") }

    public var isVital: Bool { entry.name.hasPrefix("vital.") }

    public var entry: KindEntry { KindTable.entries[Int(rawValue)] }

    /// The kind of that dotted name.
    public init?(name: String) {
        guard let kind = KindTable.byName[name] else { return nil }
        self = kind
    }
}
