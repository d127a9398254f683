import CareModel

/// One invented home of one resident: what its devices would publish on an ordinary day.
///
/// Devices: a wearable on `sim/HOME/vitals`, and behind zigbee2mqtt motion in three rooms, the outer door, an SOS button and a
/// smoke alarm; a 4G watch reports falls. `yaml` binds them.
public struct SimulatedHome: Sendable {
    public let name: String
    private let number: Int
    private var random: SplitMix
    private var sequence: UInt64 = 0
    private var room = "bedroom"
    private var nextMotionSeconds: Int
    private var isDoorOpen = false

    /// - Parameter number: counts from 1.
    public init(number: Int, seed: UInt64) {
        self.number = number
        var text = "sim-"
        text.appendPadded(number, width: 4)
        name = text
        random = SplitMix(seed: seed &+ UInt64(number) &* 0x9E37_79B9)
        nextMotionSeconds = random.int(0...600)
    }

    /// Seconds between two reports of the wearable.
    public static let wearableIntervalSeconds = 15

    /// What the home publishes in the second `second` after midnight of `wall`'s day.
    public mutating func second(_ second: Int, wall: WallTime) -> [Message] {
        var messages: [Message] = []
        let hour = second / 3_600 % 24
        if second % SimulatedHome.wearableIntervalSeconds == number % SimulatedHome.wearableIntervalSeconds {
            messages.append(wearable(wall, heartRate: restingRate(hour) + random.int(-4...4), spo2: random.int(95...98)))
        }
        if second >= nextMotionSeconds {
            messages += move(hour)
            nextMotionSeconds = second + pause(hour)
        }
        if second % 3_600 == number % 3_600 { messages.append(zigbee("kitchen_smoke", "{\"smoke\":false,\"battery\":97,\"linkquality\":88}", isSafety: true)) }
        if second % 600 == number % 600 { messages.append(watch("hb", "\"step\":\(second / 30),\"battery\":76")) }
        return messages
    }

    // MARK: - Incidents

    /// The SOS button is pressed.
    public func sos() -> Message { zigbee("bed_sos", "{\"action\":\"emergency\",\"battery\":91,\"linkquality\":104}", isSafety: true) }
    /// The watch says that it fell.
    public func fall() -> Message { watch("fallDown", "\"status\":\"FALL DOWN\",\"location\":{}") }
    public func smoke(_ isOn: Bool) -> Message { zigbee("kitchen_smoke", "{\"smoke\":\(isOn),\"battery\":97,\"linkquality\":88}", isSafety: true) }

    /// One report of the wearable.
    public mutating func wearable(_ wall: WallTime, heartRate: Int, spo2: Int) -> Message {
        sequence += 1
        let milliseconds = wall.microseconds.flooredDivision(by: 1_000).quotient
        let text = "{\"device\":\"\(name)\",\"ts\":\(milliseconds),\"hr\":\(heartRate),\"spo2\":\(spo2),\"temp\":\(36).\(random.int(2...7)),\"battery\":\(80 - Int(sequence / 500 % 60)),\"seq\":\(sequence)}"
        return Message(link: .telemetry, topic: "sim/\(name)/vitals", payload: Array(text.utf8))
    }

    /// Its entry in homes.yaml.
    public var yaml: String {
        """
          - id: \(name)
            timezone: Asia/Shanghai
            place: {station: sim-station, address: "Simulated Road \(number)"}
            residents:
              - id: \(name)-r
                name: "Simulated \(number)"
                born: "1940"
                sex: female
                # The watch measures every 15 minutes, the wearable every 15 seconds.
                limits:
                  heart-rate-low: {accepted: "腕带每15秒测一次 · the wearable measures every 15 s"}
                  heart-rate-high: {accepted: "腕带每15秒测一次 · the wearable measures every 15 s"}
                  spo2-low: {accepted: "腕带每15秒测一次 · the wearable measures every 15 s"}
            devices:
              - {profile: generic-json-wearable, device: "topic:sim/\(name)", room: "", resident: \(name)-r}
              - {profile: kati-4g-watch, device: "imei:\(imei)", room: "", resident: \(name)-r}
              - {profile: tuya-ts0215a, device: "topic:zigbee2mqtt/\(name)/bed_sos", room: bedroom, resident: \(name)-r}
              - {profile: xiaomi-jtyj-gd-01lm, device: "topic:zigbee2mqtt/\(name)/kitchen_smoke", room: kitchen, resident: home}
              - {profile: aqara-rtcgq11lm, device: "topic:zigbee2mqtt/\(name)/bedroom_motion", room: bedroom, resident: home}
              - {profile: aqara-rtcgq11lm, device: "topic:zigbee2mqtt/\(name)/kitchen_motion", room: kitchen, resident: home}
              - {profile: aqara-rtcgq11lm, device: "topic:zigbee2mqtt/\(name)/bathroom_motion", room: bathroom, resident: home}
              - {profile: aqara-mccgq11lm, device: "topic:zigbee2mqtt/\(name)/door", room: hall, resident: home}

        """
    }

    // MARK: - Parts of a day

    private var imei: String {
        var digits = "8600000000"
        digits.appendPadded(number, width: 5)
        return digits
    }

    private func restingRate(_ hour: Int) -> Int { hour < 6 || hour >= 22 ? 58 : hour < 9 || hour > 18 ? 68 : 74 }

    private mutating func pause(_ hour: Int) -> Int {
        hour < 6 || hour >= 22 ? random.int(2_400...9_000) : random.int(90...1_500)
    }

    private mutating func move(_ hour: Int) -> [Message] {
        if hour >= 9, hour < 18, random.chance(6) {
            isDoorOpen.toggle()
            return [zigbee("door", "{\"contact\":\(!isDoorOpen),\"battery\":100,\"linkquality\":120}", isSafety: false)]
        }
        let rooms = hour < 6 || hour >= 22 ? ["bedroom", "bathroom"] : ["kitchen", "bedroom", "kitchen", "bathroom"]
        room = rooms[random.int(0...rooms.count - 1)]
        return [
            zigbee(room + "_motion", "{\"occupancy\":true,\"battery\":100,\"illuminance\":\(random.int(0...300)),\"linkquality\":102}", isSafety: false),
            zigbee(room + "_motion", "{\"occupancy\":false,\"battery\":100,\"linkquality\":101}", isSafety: false),
        ]
    }

    private func zigbee(_ device: String, _ payload: String, isSafety: Bool) -> Message {
        Message(link: .safety, topic: "zigbee2mqtt/\(name)/\(device)", qos: isSafety ? 1 : 0, payload: Array(payload.utf8))
    }

    private func watch(_ topic: String, _ members: String) -> Message {
        Message(link: .safety, topic: "iMEDE_watch/\(topic)", payload: Array("{\"IMEI\":\"\(imei)\",\(members)}".utf8))
    }
}
