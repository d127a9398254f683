import CareModel

/// Faults and incidents that a simulation puts into its days.
public enum SimulatedFault: String, Hashable, Sendable, CaseIterable {
    case sos, fall, smoke, spo2
    /// Some messages come twice.
    case duplicates
    /// Some payloads are cut.
    case truncated
    /// Some messages never come.
    case loss
}

/// Hours of several homes from a seed, in order of time: what a device log or a broker gets.
public struct SimulatedDay: Sendable {
    private var homes: [SimulatedHome]
    private var random: SplitMix
    private let faults: Set<SimulatedFault>
    private let start: WallTime
    private let endSecond: Int
    private var second = 0

    /// - Parameters:
    ///   - start: wall time of the first second.
    ///   - hours: how long it lasts.
    public init(seed: UInt64, residents: Int, start: WallTime, hours: Int, faults: Set<SimulatedFault> = []) {
        homes = (1...max(1, residents)).map { SimulatedHome(number: $0, seed: seed) }
        random = SplitMix(seed: seed ^ 0x5EED)
        (self.start, self.faults, endSecond) = (start, faults, hours * 3_600)
    }

    /// homes.yaml for these homes.
    public static func homesYAML(residents: Int, seed: UInt64) -> String {
        "homes:\n" + (1...max(1, residents)).map { SimulatedHome(number: $0, seed: seed).yaml }.joined()
    }

    /// The messages of the next second and its wall time; nil at the end.
    public mutating func next() -> (wall: WallTime, messages: [Message])? {
        guard second < endSecond else { return nil }
        defer { second += 1 }
        let wall = start + .seconds(second)
        var messages: [Message] = []
        for index in homes.indices {
            messages += homes[index].second(second, wall: wall)
            messages += incidents(index, wall)
        }
        return (wall, spoil(messages))
    }

    /// Each sort of incident once an hour, at a minute of its own.
    private mutating func incidents(_ index: Int, _ wall: WallTime) -> [Message] {
        let inHour = second % 3_600
        var messages: [Message] = []
        if faults.contains(.sos), inHour == 600 { messages.append(homes[index].sos()) }
        if faults.contains(.fall), inHour == 1_200 { messages.append(homes[index].fall()) }
        if faults.contains(.smoke), inHour == 1_800 || inHour == 1_860 { messages.append(homes[index].smoke(inHour == 1_800)) }
        if faults.contains(.spo2), (2_400..<2_460).contains(inHour), inHour % 5 == 0 {
            messages.append(homes[index].wearable(wall, heartRate: 88, spo2: max(84, 94 - (inHour - 2_400) / 5)))
        }
        return messages
    }

    private mutating func spoil(_ messages: [Message]) -> [Message] {
        guard !faults.isDisjoint(with: [.duplicates, .truncated, .loss]) else { return messages }
        var out: [Message] = []
        for message in messages {
            if faults.contains(.loss), random.chance(2) { continue }
            var spoilt = message
            if faults.contains(.truncated), random.chance(1) { spoilt.payload = Array(message.payload.prefix(message.payload.count / 2)) }
            out.append(spoilt)
            if faults.contains(.duplicates), random.chance(3) { out.append(spoilt) }
        }
        return out
    }
}
