/// One row of the table of kinds.
public struct KindEntry: Hashable, Sendable {
    /// What a value of the kind looks like.
    public enum Shape: Hashable, Sendable {
        /// A fixed-point number in `unit`, kept as an integer of 10^-`decimals`.
        case number(decimals: Int)
        /// True or false; an occurrence of a level kind is its change to true.
        case flag
        /// A short lower-case word, for instance `long` or `suspected`.
        case code
        /// Samples at a known rate.
        case waveform
    }

    public var name: String
    public var shape: Shape
    /// UCUM code, or nil where the kind has no unit. `{dBm}` and `{lqi}` are annotations: UCUM has no such units.
    public var unit: String?
    /// Technically possible values in units of the resolution; outside them a reading is `implausible`. No alarm limits.
    public var possible: ClosedRange<Int64>?
    public var loinc: Code?
    /// IEEE 11073-10101 reference number; home sensors from IEEE 11073-10471 (8519680 + n).
    public var mdc: Code?
    /// The usual time between two reports; 0 = on demand or on change.
    public var usualIntervalSeconds: Int

    /// A code of a standard, and whether it was read in a source or only remembered.
    public struct Code: Hashable, Sendable {
        public var code: String
        public var isCertain: Bool
    }

    public var decimals: Int { if case .number(let d) = shape { d } else { 0 } }
}

/// The table of kinds: ranges are what is technically possible, codes come from LOINC, IEEE 11073-10101 and -10471.
public enum KindTable {
    public static let entries: [KindEntry] = [
        KindEntry(name: "vital.heart_rate", shape: .number(decimals: 1), unit: "/min", possible: 200...3000, loinc: .init(code: "8867-4", isCertain: true), mdc: .init(code: "149530", isCertain: true), usualIntervalSeconds: 900),
        KindEntry(name: "vital.spo2", shape: .number(decimals: 1), unit: "%", possible: 500...1000, loinc: .init(code: "59408-5", isCertain: false), mdc: .init(code: "150456", isCertain: true), usualIntervalSeconds: 3600),
        KindEntry(name: "vital.perfusion_index", shape: .number(decimals: 2), unit: "%", possible: 2...2000, loinc: .init(code: "61006-3", isCertain: false), mdc: .init(code: "150448", isCertain: true), usualIntervalSeconds: 3600),
        KindEntry(name: "vital.respiratory_rate", shape: .number(decimals: 2), unit: "/min", possible: 300...7000, loinc: .init(code: "9279-1", isCertain: true), mdc: .init(code: "151562", isCertain: false), usualIntervalSeconds: 60),
        KindEntry(name: "vital.body_temperature", shape: .number(decimals: 2), unit: "Cel", possible: 2500...4500, loinc: .init(code: "8310-5", isCertain: true), mdc: .init(code: "150364", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "vital.skin_temperature", shape: .number(decimals: 2), unit: "Cel", possible: 1000...4500, loinc: .init(code: "39106-0", isCertain: false), mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "vital.bp.systolic", shape: .number(decimals: 1), unit: "mm[Hg]", possible: 400...3000, loinc: .init(code: "8480-6", isCertain: true), mdc: .init(code: "150021", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "vital.bp.diastolic", shape: .number(decimals: 1), unit: "mm[Hg]", possible: 200...2000, loinc: .init(code: "8462-4", isCertain: true), mdc: .init(code: "150022", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "vital.bp.mean", shape: .number(decimals: 1), unit: "mm[Hg]", possible: 200...2500, loinc: .init(code: "8478-0", isCertain: false), mdc: .init(code: "150023", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "vital.glucose", shape: .number(decimals: 2), unit: "mmol/L", possible: 50...4000, loinc: .init(code: "14743-9", isCertain: false), mdc: .init(code: "160184", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "vital.weight", shape: .number(decimals: 2), unit: "kg", possible: 200...30000, loinc: .init(code: "29463-7", isCertain: false), mdc: .init(code: "188736", isCertain: false), usualIntervalSeconds: 0),
        KindEntry(name: "vital.hrv_sdnn", shape: .number(decimals: 1), unit: "ms", possible: 10...4000, loinc: .init(code: "80404-7", isCertain: true), mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "vital.rr_interval", shape: .number(decimals: 1), unit: "ms", possible: 2000...30000, loinc: .init(code: "8637-1", isCertain: false), mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "signal.waveform", shape: .waveform, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "safety.fall", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519681", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "safety.sos", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519682", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "safety.call_button", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519682", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "safety.smoke", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519683", isCertain: true), usualIntervalSeconds: 86400),
        KindEntry(name: "safety.co", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519684", isCertain: true), usualIntervalSeconds: 86400),
        KindEntry(name: "safety.water_leak", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519685", isCertain: true), usualIntervalSeconds: 86400),
        KindEntry(name: "safety.gas", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519686", isCertain: true), usualIntervalSeconds: 86400),
        KindEntry(name: "safety.geofence", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519688", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "safety.wandering", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519688", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "safety.immobile", shape: .number(decimals: 0), unit: "s", possible: 0...86400, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.motion", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519687", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.presence", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519687", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.region", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.position.x", shape: .number(decimals: 3), unit: "m", possible: -100000...100000, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.position.y", shape: .number(decimals: 3), unit: "m", possible: -100000...100000, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.opening", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519690", isCertain: true), usualIntervalSeconds: 86400),
        KindEntry(name: "behaviour.bed_occupancy", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519691", isCertain: true), usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.chair_occupancy", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519691", isCertain: true), usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.out_of_bed_time", shape: .number(decimals: 0), unit: "s", possible: 0...86400, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.room_use", shape: .number(decimals: 0), unit: "s", possible: 0...86400, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.posture", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.sleep_stage", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.sleep_duration", shape: .number(decimals: 2), unit: "h", possible: 0...2400, loinc: .init(code: "93832-4", isCertain: false), mdc: nil, usualIntervalSeconds: 86400),
        KindEntry(name: "behaviour.steps", shape: .number(decimals: 0), unit: "{steps}", possible: 0...60000, loinc: .init(code: "55423-8", isCertain: true), mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.steps_today", shape: .number(decimals: 0), unit: "{steps}", possible: 0...60000, loinc: .init(code: "41950-7", isCertain: false), mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.location.latitude", shape: .number(decimals: 7), unit: "deg", possible: -900000000...900000000, loinc: nil, mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.location.longitude", shape: .number(decimals: 7), unit: "deg", possible: -1800000000...1800000000, loinc: nil, mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.location.accuracy", shape: .number(decimals: 1), unit: "m", possible: 0...1000000, loinc: nil, mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.tag_present", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 60),
        KindEntry(name: "behaviour.worn", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.appliance_power", shape: .number(decimals: 1), unit: "W", possible: 0...40000, loinc: nil, mdc: .init(code: "8519691", isCertain: true), usualIntervalSeconds: 300),
        KindEntry(name: "behaviour.medication_taken", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519693", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.enuresis", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: .init(code: "8519689", isCertain: true), usualIntervalSeconds: 0),
        KindEntry(name: "env.temperature", shape: .number(decimals: 2), unit: "Cel", possible: -3000...6000, loinc: .init(code: "60832-3", isCertain: false), mdc: .init(code: "8519694", isCertain: true), usualIntervalSeconds: 3600),
        KindEntry(name: "env.humidity", shape: .number(decimals: 2), unit: "%", possible: 0...10000, loinc: nil, mdc: .init(code: "8519695", isCertain: true), usualIntervalSeconds: 3600),
        KindEntry(name: "env.illuminance", shape: .number(decimals: 1), unit: "lx", possible: 0...1300000, loinc: nil, mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "env.pressure", shape: .number(decimals: 2), unit: "hPa", possible: 30000...110000, loinc: nil, mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "env.co2", shape: .number(decimals: 1), unit: "[ppm]", possible: 2500...100000, loinc: nil, mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "env.co", shape: .number(decimals: 1), unit: "[ppm]", possible: 0...10000, loinc: nil, mdc: nil, usualIntervalSeconds: 300),
        KindEntry(name: "device.online", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.restarted", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.battery", shape: .number(decimals: 1), unit: "%", possible: 0...1000, loinc: nil, mdc: .init(code: "67996", isCertain: false), usualIntervalSeconds: 86400),
        KindEntry(name: "device.battery_low", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 86400),
        KindEntry(name: "device.battery_voltage", shape: .number(decimals: 3), unit: "V", possible: 500...60000, loinc: nil, mdc: nil, usualIntervalSeconds: 86400),
        KindEntry(name: "device.external_power", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.rssi", shape: .number(decimals: 1), unit: "{dBm}", possible: -1300...0, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.link_quality", shape: .number(decimals: 0), unit: "{lqi}", possible: 0...255, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.link_margin", shape: .number(decimals: 1), unit: "dB", possible: -500...1000, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.tamper", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.fault", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.test", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "device.temperature", shape: .number(decimals: 2), unit: "Cel", possible: -4000...12500, loinc: nil, mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "device.clock_skew", shape: .number(decimals: 3), unit: "s", possible: -400000000000...400000000000, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "vital.consciousness", shape: .code, unit: nil, possible: nil, loinc: .init(code: "67775-7", isCertain: false), mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "vital.oxygen_therapy", shape: .flag, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "env.gas_level", shape: .number(decimals: 1), unit: "%{LEL}", possible: 0...1000, loinc: nil, mdc: nil, usualIntervalSeconds: 60),
        KindEntry(name: "behaviour.object_motion", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "behaviour.motion_count", shape: .number(decimals: 0), unit: "1", possible: 0...65535, loinc: nil, mdc: .init(code: "8519687", isCertain: true), usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.target_distance", shape: .number(decimals: 3), unit: "m", possible: 0...100000, loinc: nil, mdc: nil, usualIntervalSeconds: 60),
        KindEntry(name: "behaviour.room_use_today", shape: .number(decimals: 0), unit: "s", possible: 0...86400, loinc: nil, mdc: nil, usualIntervalSeconds: 3600),
        KindEntry(name: "behaviour.sleep_stages", shape: .number(decimals: 0), unit: "{slots}", possible: 0...1440, loinc: nil, mdc: nil, usualIntervalSeconds: 86400),
        KindEntry(name: "device.battery_charge", shape: .number(decimals: 0), unit: "mA.h", possible: 0...20000, loinc: nil, mdc: nil, usualIntervalSeconds: 86400),
        KindEntry(name: "device.signal_level", shape: .number(decimals: 0), unit: "%", possible: 0...100, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "vital.uric_acid", shape: .number(decimals: 1), unit: "umol/L", possible: 100...20000, loinc: .init(code: "14933-6", isCertain: false), mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "vital.cholesterol", shape: .number(decimals: 2), unit: "mmol/L", possible: 50...3000, loinc: .init(code: "14647-2", isCertain: false), mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "raw.current", shape: .number(decimals: 3), unit: "A", possible: -1000000...1000000, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "raw.voltage", shape: .number(decimals: 3), unit: "V", possible: -1000000...1000000, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
        KindEntry(name: "safety.attendance", shape: .code, unit: nil, possible: nil, loinc: nil, mdc: nil, usualIntervalSeconds: 0),
    ]

    static let byName: [String: Kind] = {
        var map: [String: Kind] = [:]
        for kind in Kind.allCases { map[entries[Int(kind.rawValue)].name] = kind }
        return map
    }()
}
