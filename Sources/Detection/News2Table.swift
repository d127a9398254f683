/// The National Early Warning Score 2 as the Royal College of Physicians published it in December 2017: bands and sums.
///
/// For adults of 16 years and more who are not pregnant. Values are whole numbers of the instrument's resolution:
/// round before you ask.
public enum News2Table {
    /// What is scored, in the order of the chart.
    public enum Parameter: UInt8, Hashable, Sendable, CaseIterable {
        case respiration = 0, saturation = 1, oxygen = 2, systolic = 3, pulse = 4, consciousness = 5, temperature = 6
    }

    /// Which saturation scale a clinician chose.
    public enum Scale: UInt8, Hashable, Sendable {
        /// The usual one.
        case one = 1
        /// Target 88-92 %, for hypercapnic respiratory failure; only a competent clinician chooses it.
        case two = 2
    }

    /// What is known of one person; nil = not known. Nothing unknown is ever scored as 0.
    public struct Observations: Hashable, Sendable {
        /// Per minute.
        public var respiration: Int?
        /// %.
        public var saturation: Int?
        public var isOnOxygen: Bool?
        /// mm[Hg].
        public var systolic: Int?
        /// Per minute.
        public var pulse: Int?
        /// False = new confusion, or responds to voice or pain only, or not at all.
        public var isAlert: Bool?
        /// Tenths of a degree Celsius.
        public var temperature: Int?

        public init(
            respiration: Int? = nil, saturation: Int? = nil, isOnOxygen: Bool? = nil, systolic: Int? = nil, pulse: Int? = nil,
            isAlert: Bool? = nil, temperature: Int? = nil
        ) {
            (self.respiration, self.saturation, self.isOnOxygen, self.systolic) = (respiration, saturation, isOnOxygen, systolic)
            (self.pulse, self.isAlert, self.temperature) = (pulse, isAlert, temperature)
        }
    }

    /// The points of each parameter; nil = not known.
    public struct Score: Hashable, Sendable {
        /// By `Parameter.rawValue`.
        public var points: [Int?]

        /// The sum of what is known: the least that the score can be. 0...20.
        public var total: Int { points.reduce(0) { $0 + ($1 ?? 0) } }
        public var missing: [Parameter] { Parameter.allCases.filter { points[Int($0.rawValue)] == nil } }
        public var isComplete: Bool { !points.contains { $0 == nil } }
        /// Parameters that score 3 alone.
        public var threes: [Parameter] { Parameter.allCases.filter { points[Int($0.rawValue)] == 3 } }
    }

    public static func score(_ o: Observations, scale: Scale) -> Score {
        Score(points: [
            o.respiration.map(respiration), saturation(o, scale), o.isOnOxygen.map { $0 ? 2 : 0 }, o.systolic.map(systolic),
            o.pulse.map(pulse), o.isAlert.map { $0 ? 0 : 3 }, o.temperature.map(temperature),
        ])
    }

    public static func respiration(_ perMinute: Int) -> Int {
        switch perMinute {
        case ...8: 3
        case ...11: 1
        case ...20: 0
        case ...24: 2
        default: 3
        }
    }

    /// On scale 2 a saturation from 93 % scores only with oxygen: without knowing that, it can't be scored.
    static func saturation(_ o: Observations, _ scale: Scale) -> Int? {
        guard let percent = o.saturation else { return nil }
        guard scale == .two else { return saturation1(percent) }
        if percent <= 92 { return saturation2(percent, isOnOxygen: false) }
        return o.isOnOxygen.map { saturation2(percent, isOnOxygen: $0) }
    }

    public static func saturation1(_ percent: Int) -> Int {
        switch percent {
        case ...91: 3
        case ...93: 2
        case ...95: 1
        default: 0
        }
    }

    public static func saturation2(_ percent: Int, isOnOxygen: Bool) -> Int {
        switch percent {
        case ...83: 3
        case ...85: 2
        case ...87: 1
        case ...92: 0
        case _ where !isOnOxygen: 0
        case ...94: 1
        case ...96: 2
        default: 3
        }
    }

    public static func systolic(_ pressure: Int) -> Int {
        switch pressure {
        case ...90: 3
        case ...100: 2
        case ...110: 1
        case ...219: 0
        default: 3
        }
    }

    public static func pulse(_ perMinute: Int) -> Int {
        switch perMinute {
        case ...40: 3
        case ...50: 1
        case ...90: 0
        case ...110: 1
        case ...130: 2
        default: 3
        }
    }

    /// - Parameter tenths: of a degree Celsius.
    public static func temperature(_ tenths: Int) -> Int {
        switch tenths {
        case ...350: 3
        case ...360: 1
        case ...380: 0
        case ...390: 1
        default: 2
        }
    }
}
