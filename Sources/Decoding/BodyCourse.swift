import CareModel

/// What is known of the body that a personal device measures. Kept apart from the device's other memory, which every message touches.
///
/// `@unchecked Sendable` because `Decoding` changes it only where it holds the one reference; copies of a `Decoding` copy it first.
final class BodyCourse: @unchecked Sendable, Hashable {
    var state: State

    init(_ state: State) { self.state = state }

    static func == (a: BodyCourse, b: BodyCourse) -> Bool { a.state == b.state }
    func hash(into hasher: inout Hasher) { hasher.combine(state) }

    struct State: Hashable, Sendable {
        /// In the order in which the kinds were first told.
        var tracks: [VitalTrack] = []
        var wearing = Wearing()

        /// Readings with any of these say nothing about the course of a body.
        private static let beside: Quality = [.unworn, .implausible, .sentinel, .ageUnknown, .late, .outOfOrder, .test, .unitDoubtful, .externalPower, .unknownSubject]
        private static let besideDevice = beside.subtracting(.externalPower)

        /// Marks the readings of one message, in place, from `first` on.
        mutating func take(_ readings: inout UnsafeMutableBufferPointer<Reading>, from first: Int, at wall: WallTime, isAlone: Bool) {
            for i in first..<readings.count {
                switch readings[i].kind {
                case .worn, .externalPower, .battery:
                    guard readings[i].quality.isDisjoint(with: State.besideDevice) else { continue }
                    if wearing.learn(readings[i].kind, readings[i].value, readings[i].meaning, readings[i].quality, at: wall), readings[i].detail == nil {
                        readings[i].detail = "charging"
                    }
                default: continue
                }
            }
            let isOff = wearing.isWorn == false
            for i in first..<readings.count {
                let kind = readings[i].kind
                guard VitalLimit.isVital[Int(kind.rawValue)] else { continue }
                if isOff { readings[i].quality.insert(.unworn) }
                guard let limit = VitalLimit.table[Int(kind.rawValue)], readings[i].quality.isDisjoint(with: State.beside), case .number(let value) = readings[i].value else { continue }
                let mark = judge(kind, value, at: readings[i].observedAt ?? wall, limit, isAlone: isAlone)
                if !mark.isEmpty { readings[i].quality.insert(mark) }
            }
        }

        private mutating func judge(_ kind: Kind, _ value: Int64, at wall: WallTime, _ limit: VitalLimit, isAlone: Bool) -> Quality {
            var mark: Quality = [], isKnown = false
            for i in tracks.indices where tracks[i].kind == kind {
                mark = tracks[i].take(value, at: wall, limit)
                isKnown = true
                break
            }
            if !isKnown { tracks.append(VitalTrack(kind: kind, value: value, at: wall)) }
            // A scale that shows another's weight shows another person, where there is one.
            if kind == .weight, mark == .jump, !isAlone { return .otherWearer }
            if kind == .heartRate, mark.isEmpty, wearing.isOther(value, at: wall, isAlone: isAlone) { return .otherWearer }
            return mark
        }

        init() {}

        func write(to w: inout ByteWriter) {
            w.list(tracks) { $1.write(to: &$0) }
            wearing.write(to: &w)
        }

        init(from r: inout ByteReader) throws(BinaryFailure) {
            tracks = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try VitalTrack(from: &r) }
            guard Set(tracks.map(\.kind)).count == tracks.count else { throw .malformed("a vital sign stands twice", at: r.index) }
            wearing = try Wearing(from: &r)
        }
    }
}
