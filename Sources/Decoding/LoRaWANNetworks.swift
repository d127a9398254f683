import CareModel

/// What LoRaWAN network servers wrap around a device's bytes: a profile is written once and read under each of them.
///
/// A message with `uplink` instead of `topic` becomes one message a server. In its paths `%data`, `%encoding`, `%object`
/// (what a codec on the server made of the bytes), `%port` and `%rssi` stand for the server's own names.
///
/// Sources: ChirpStack v4 integration events; The Things Stack v3 data formats; LORIOT application output; Actility ThingPark DevEUI_uplink.
enum LoRaWANNetworks {
    struct Network: Sendable {
        var name: String
        var topics: [String]
        var when: [(String, String)]
        var devices: [String]
        var agree: [(String, String)]
        /// Path and format.
        var times: [(String, String)]
        var counter: String
        var dedupe: [String]
        var simulated: String?
        var names: [(String, String)]
    }

    static let all: [Network] = [
        Network(
            name: "chirpstack", topics: ["application/{application}/device/{eui}/event/up"], when: [], devices: ["deveui:{eui}"], agree: [("$.deviceInfo.devEui", "eui")],
            times: [("$.time", "iso"), ("$.rxInfo[0].time", "iso")], counter: "$.fCnt", dedupe: ["$.deduplicationId", "$.fCnt", "$.data"], simulated: nil,
            names: [("%data", "$.data"), ("%encoding", "base64"), ("%object", "$.object"), ("%port", "$.fPort"), ("%rssi", "$.rxInfo[max rssi].rssi")]),
        Network(
            name: "the_things_stack", topics: ["v3/{application}/devices/{id}/up"], when: [], devices: ["deveui:{$.end_device_ids.dev_eui}", "topic:v3/{application}/{id}"], agree: [],
            // The gateway's own clock is nearest to the press; servers stamp what has waited.
            times: [("$.uplink_message.rx_metadata[0].time", "iso"), ("$.uplink_message.received_at", "iso"), ("$.received_at", "iso")],
            counter: "$.uplink_message.f_cnt", dedupe: [], simulated: "$.simulated",
            names: [("%data", "$.uplink_message.frm_payload"), ("%encoding", "base64"), ("%object", "$.uplink_message.decoded_payload"), ("%port", "$.uplink_message.f_port"), ("%rssi", "$.uplink_message.rx_metadata[max rssi].rssi")]),
        Network(
            name: "loriot", topics: ["loriot/{eui}"], when: [("$.cmd", "rx")], devices: ["deveui:{$.EUI}"], agree: [], times: [("$.ts", "epoch_ms")], counter: "$.fcnt", dedupe: [], simulated: nil,
            names: [("%data", "$.data"), ("%encoding", "hex"), ("%object", "$.decoded"), ("%port", "$.port"), ("%rssi", "$.rssi")]),
        Network(
            name: "thingpark", topics: ["thingpark/{eui}"], when: [], devices: ["deveui:{$.DevEUI_uplink.DevEUI}"], agree: [], times: [("$.DevEUI_uplink.Time", "iso")], counter: "$.DevEUI_uplink.FCntUp", dedupe: [], simulated: nil,
            names: [("%data", "$.DevEUI_uplink.payload_hex"), ("%encoding", "hex"), ("%object", "$.DevEUI_uplink.payload"), ("%port", "$.DevEUI_uplink.FPort"), ("%rssi", "$.DevEUI_uplink.LrrRSSI")]),
    ]

    /// The messages of a profile with `network: lorawan`: its own uplinks under each server, and what the servers themselves tell.
    static func expand(_ messages: [ConfigurationNode]) -> [ConfigurationNode] {
        var found: [ConfigurationNode] = []
        for network in all {
            for message in messages { if message["uplink"] != nil { found.append(wrap(message, in: network)) } }
        }
        for message in messages where message["uplink"] == nil { found.append(message) }
        guard let place = messages.first?.place else { return found }
        let build = Build(place: place)
        let chirp = all[0]
        found.append(build.map([
            ("name", build.text("status")), ("topic", build.text("application/{application}/device/{eui}/event/status")), ("device", build.text("deveui:{eui}")), ("time", times(chirp, build)),
            ("outputs", build.list([
                build.map([("kind", build.text("device.battery")), ("path", build.text("batteryLevel"))]),
                build.map([("kind", build.text("device.link_margin")), ("path", build.text("margin"))]),
                build.map([("kind", build.text("device.external_power")), ("path", build.text("externalPowerSource"))]),
            ])),
        ]))
        for (topic, device, path) in [("application/{application}/device/{eui}/event/join", "deveui:{eui}", "$.time"), ("v3/{application}/devices/{id}/join", "deveui:{$.end_device_ids.dev_eui}", "$.received_at")] {
            found.append(build.map([
                ("name", build.text("join")), ("topic", build.text(topic)), ("device", build.text(device)), ("time", build.list([build.map([("path", build.text(path)), ("format", build.text("iso"))])])),
                ("outputs", build.list([build.map([("kind", build.text("device.restarted")), ("value", build.text("true")), ("meaning", build.text("momentary"))])])),
            ]))
        }
        return found
    }

    private static func times(_ network: Network, _ build: Build) -> ConfigurationNode {
        build.list(network.times.map { build.map([("path", build.text($0.0)), ("format", build.text($0.1))]) })
    }

    private static func wrap(_ message: ConfigurationNode, in network: Network) -> ConfigurationNode {
        let build = Build(place: message.place)
        let own = substitute(message, network.names)
        guard case .mapping(let entries) = own.content else { return own }
        var members: [(String, ConfigurationNode)] = [("topic", build.list(network.topics.map(build.text)))]
        var conditions = network.when.map { ($0.0, build.text($0.1)) }
        for entry in entries {
            switch entry.key {
            case "uplink": continue
            case "when":
                if case .mapping(let more) = entry.value.content { conditions += more.map { ($0.key, $0.value) } }
            default: members.append((entry.key, entry.value))
            }
        }
        if !conditions.isEmpty { members.append(("when", build.map(conditions))) }
        func add(_ key: String, _ value: ConfigurationNode) { if own[key] == nil { members.append((key, value)) } }
        add("device", build.list(network.devices.map(build.text)))
        if !network.agree.isEmpty { add("agree", build.map(network.agree.map { ($0.0, build.text($0.1)) })) }
        add("time", times(network, build))
        add("sequence", build.map([("path", build.text(network.counter))]))
        if !network.dedupe.isEmpty { add("dedupe", build.list(network.dedupe.map(build.text))) }
        if let simulated = network.simulated { add("quality", build.map([("test", build.map([(simulated, build.text("true"))]))])) }
        return build.map(members)
    }

    private static func substitute(_ node: ConfigurationNode, _ names: [(String, String)]) -> ConfigurationNode {
        func text(_ text: String) -> String {
            guard text.contains("%") else { return text }
            for (placeholder, name) in names {
                if text.hasPrefix(placeholder) { return name + text.dropFirst(placeholder.count) }
                if let range = text.range(of: "{" + placeholder) { return String(text[..<range.lowerBound]) + "{" + name + text[range.upperBound...] }
            }
            return text
        }
        switch node.content {
        case .null: return node
        case .scalar(let value, let isQuoted): return ConfigurationNode(.scalar(text(value), isQuoted: isQuoted), at: node.place)
        case .sequence(let items): return ConfigurationNode(.sequence(items.map { substitute($0, names) }), at: node.place)
        case .mapping(let entries):
            return ConfigurationNode(.mapping(entries.map { .init(key: text($0.key), keyPlace: $0.keyPlace, value: substitute($0.value, names)) }), at: node.place)
        }
    }

    /// Nodes that stand where the message stands that they belong to.
    struct Build {
        let place: Place

        func text(_ text: String) -> ConfigurationNode { ConfigurationNode(.scalar(text, isQuoted: false), at: place) }
        func list(_ items: [ConfigurationNode]) -> ConfigurationNode { ConfigurationNode(.sequence(items), at: place) }
        func map(_ members: [(String, ConfigurationNode)]) -> ConfigurationNode {
            ConfigurationNode(.mapping(members.map { .init(key: $0.0, keyPlace: place, value: $0.1) }), at: place)
        }
    }
}

extension String {
    /// Where `other` begins first.
    func range(of other: String) -> Range<Index>? {
        var i = startIndex
        while i < endIndex {
            if self[i...].hasPrefix(other) { return i..<index(i, offsetBy: other.count) }
            i = index(after: i)
        }
        return nil
    }
}
