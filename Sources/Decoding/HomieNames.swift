import CareModel

/// What Homie devices tell of themselves in retained attributes: units of their properties, and which device they belong to.
///
/// State of the core. Homie 5: the JSON document `homie/5/DEVICE/$description`. Homie 4: `homie/DEVICE/NODE/PROPERTY/$unit`.
struct HomieNames: Hashable, Sendable {
    struct Device: Hashable, Sendable {
        var name: String
        var parent = ""
        var root = ""
        /// By `node/property`.
        var units: [String: String] = [:]
    }

    /// Devices remembered at once; then those that were heard first are forgotten.
    static let devicesMax = 256
    /// Units of one device.
    static let unitsMax = 256

    private(set) var devices: [Device] = []

    /// Learns from an attribute; any other topic is none of its business.
    ///
    /// - Throws: why a description can't be read.
    mutating func absorb(_ topic: String, _ payload: [UInt8]) throws(DocumentFailure) {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if levels.count == 4, levels[1] == "5", levels[3] == "$description" {
            if payload.isEmpty { devices.removeAll { $0.name == levels[2] } } else { try describe(levels[2], payload) }
        } else if levels.count == 5, levels[4] == "$unit", levels[1] != "5" {
            var device = known(levels[1]) ?? Device(name: levels[1])
            let key = levels[2] + "/" + levels[3]
            guard payload.count <= Limits.identifierBytesMax, let unit = String(validating: payload, as: UTF8.self) else { return }
            if unit.isEmpty { device.units[key] = nil } else if device.units.count < HomieNames.unitsMax { device.units[key] = unit }
            put(device)
        }
    }

    private mutating func describe(_ name: String, _ payload: [UInt8]) throws(DocumentFailure) {
        let document = try JSONReader.read(payload, limits: .message)
        func word(_ text: String?) -> String { text.flatMap { $0.utf8.count <= Limits.identifierBytesMax ? $0 : nil } ?? "" }
        var device = Device(name: name, parent: word(document["parent"]?.text), root: word(document["root"]?.text))
        for node in document["nodes"]?.members ?? [] {
            for property in node.value["properties"]?.members ?? [] {
                let unit = word(property.value["unit"]?.text)
                if !unit.isEmpty, device.units.count < HomieNames.unitsMax { device.units[node.key + "/" + property.key] = unit }
            }
        }
        put(device)
    }

    private func known(_ name: String) -> Device? { devices.first { $0.name == name } }

    private mutating func put(_ device: Device) {
        if let i = devices.firstIndex(where: { $0.name == device.name }) { devices[i] = device; return }
        if devices.count >= HomieNames.devicesMax { devices.removeFirst() }
        devices.append(device)
    }

    /// Names of what is told about the property of a topic: its unit, and the device's parent and root.
    static let names = ["unit", "parent", "root"]

    func told(_ topic: String) -> [Told] {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard levels.count >= 3 else { return [] }
        let first = levels[1] == "5" ? 2 : 1
        guard let device = known(levels[first]) else { return [] }
        var found: [Told] = []
        if levels.count == first + 3, let unit = device.units[levels[first + 1] + "/" + levels[first + 2]] { found.append(Told(name: "unit", text: unit)) }
        if !device.parent.isEmpty { found.append(Told(name: "parent", text: device.parent)) }
        if !device.root.isEmpty { found.append(Told(name: "root", text: device.root)) }
        return found
    }

    func write(to w: inout ByteWriter) {
        w.list(devices) { w, device in
            w.string(device.name)
            w.string(device.parent)
            w.string(device.root)
            w.list(device.units.keys.sorted()) { w, key in
                w.string(key)
                w.string(device.units[key] ?? "")
            }
        }
    }

    init() {}

    init(from r: inout ByteReader) throws(BinaryFailure) {
        devices = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            var device = Device(name: try r.string(), parent: try r.string(), root: try r.string())
            for (key, unit) in try r.list({ (r: inout ByteReader) throws(BinaryFailure) in (try r.string(), try r.string()) }) { device.units[key] = unit }
            return device
        }
        guard devices.count <= HomieNames.devicesMax else { throw .malformed("devices of Homie", at: r.index) }
    }
}
