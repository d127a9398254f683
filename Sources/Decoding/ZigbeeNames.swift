import CareModel

/// What zigbee2mqtt told about its devices in the retained `zigbee2mqtt/bridge/devices`: their names change, their addresses don't.
///
/// State of the core: a message is read under the names that were known when it came.
struct ZigbeeNames: Hashable, Sendable {
    struct Device: Hashable, Sendable {
        /// `0x` and 16 hexadecimal digits.
        var address: String
        var model: String
    }

    static let base = "zigbee2mqtt"
    static let devicesTopic = "zigbee2mqtt/bridge/devices"
    static let bridgePrefix = "zigbee2mqtt/bridge/"
    /// What zigbee2mqtt itself is bound as: the parent of all its devices.
    static let bridgeIdentity = "topic:zigbee2mqtt"
    /// More than any coordinator carries (some 200).
    static let devicesMax = 512

    private(set) var byName: [String: Device] = [:]

    var isEmpty: Bool { byName.isEmpty }

    func device(named name: String) -> Device? { byName[name] }

    /// Takes over the list in `payload`, which replaces what was known.
    ///
    /// - Returns: whether the names changed.
    mutating func absorb(_ payload: [UInt8]) throws(DocumentFailure) -> Bool {
        guard case .array(let items) = try JSONReader.read(payload, limits: .bridgeDevices) else { throw .malformed(at: 0) }
        var found: [String: Device] = [:]
        for item in items.prefix(ZigbeeNames.devicesMax) {
            guard let name = item["friendly_name"]?.text, let raw = item["ieee_address"]?.text,
                  let address = IdentityTemplate.normalise(raw, .ieee), name.utf8.count <= Limits.identifierBytesMax else { continue }
            let model = item["definition"]?["model"]?.text ?? item["model_id"]?.text ?? ""
            found[name] = Device(address: String(address.dropFirst(5)), model: model.utf8.count <= Limits.identifierBytesMax ? model : "")
        }
        guard found != byName else { return false }
        byName = found
        return true
    }

    /// The device's names, best first: its address when known, then its place among topics.
    func identities(of name: String) -> [String] {
        var found: [String] = []
        if let device = byName[name] { found.append("ieee:" + device.address) }
        else if let address = IdentityTemplate.normalise(name, .ieee), name.hasPrefix("0x") { found.append(address) }
        if let topic = IdentityTemplate.normalise(ZigbeeNames.base + "/" + name, .topic) { found.append(topic) }
        return found
    }

    func write(to w: inout ByteWriter) {
        w.list(byName.keys.sorted()) { w, name in
            w.string(name)
            w.string(byName[name]?.address ?? "")
            w.string(byName[name]?.model ?? "")
        }
    }

    init() {}

    init(from r: inout ByteReader) throws(BinaryFailure) {
        let list = try r.list { (r: inout ByteReader) throws(BinaryFailure) in (try r.string(), try r.string(), try r.string()) }
        for (name, address, model) in list { byName[name] = Device(address: address, model: model) }
    }
}
