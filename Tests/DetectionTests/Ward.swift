import CareModel
import Detection

/// A household with many sensors, for the forms that put several of them together: one resident with a watch, a cuff, a
/// tracker and a home full of sensors.
extension World {
    static let wardTraits = [
        ProfileTraits(profile: "monitor", outputs: [
            Kind.respiratoryRate, .spo2, .oxygenTherapy, .bpSystolic, .heartRate, .consciousness, .bodyTemperature, .weight, .fall, .worn, .waveform,
        ].map { .init(kind: $0, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3) }, supervisionSeconds: 3_600),
        ProfileTraits(profile: "house", outputs: [
            Kind.motion, .opening, .bedOccupancy, .presence, .medicationTaken, .coLevel, .fall, .appliancePower,
        ].map { .init(kind: $0, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1) }, supervisionSeconds: 3_600),
        ProfileTraits(profile: "tracker", outputs: [
            Kind.latitude, .longitude, .locationAccuracy,
        ].map { .init(kind: $0, meaning: .level, intervalSeconds: 600, transportDelaySecondsMax: 3) }, supervisionSeconds: 3_600),
    ]

    /// Devices: `imei:1` monitor, `ieee:2` in the bathroom, `ieee:3` in the hall, `imei:4` tracker.
    static func ward(occupants: Int = 1, pets: Bool = false, limits: [LimitOverride] = []) -> Household {
        Household(
            homes: [Home(id: HomeID("h1"), zone: TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 28_800), occupants: occupants, hasPets: pets)],
            residents: [Resident(id: ResidentID("r1"), home: 0, limits: limits)],
            bindings: [
                DeviceBinding(device: DeviceID("imei:1"), profile: "monitor", home: 0, residents: [0]),
                DeviceBinding(device: DeviceID("ieee:2"), profile: "house", home: 0, residents: [], room: "bathroom"),
                DeviceBinding(device: DeviceID("ieee:3"), profile: "house", home: 0, residents: [], room: "hall"),
                DeviceBinding(device: DeviceID("imei:4"), profile: "tracker", home: 0, residents: [0]),
            ])
    }

    init(ward rules: String..., occupants: Int = 1, pets: Bool = false, limits: [LimitOverride] = []) throws {
        try self.init(list: rules, household: World.ward(occupants: occupants, pets: pets, limits: limits), traits: World.wardTraits)
    }

    /// Seconds from the start of the world to a time of day at home, on day `day`. The world starts at 16:00 there.
    static func clock(_ hour: Int, _ minute: Int = 0, _ second: Int = 0, day: Int = 0) -> Double {
        Double((hour - 16) * 3_600 + minute * 60 + second + day * 86_400)
    }
}
