import Decoding

/// A text that looks like the name of one device, and the scheme that its form fits.
struct DeviceName: Hashable, Sendable {
    enum Form: Hashable, Sendable {
        case imei, mac, eui, ieee
        /// Letters and digits mixed, or many digits: some maker's number.
        case serial
    }

    var form: Form

    /// - Parameter isKeyNamed: the field's key says that it is an identifier, so that less is asked of its form.
    init?(text: String, isKeyNamed: Bool = false) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 2, bytes.count <= 64 else { return nil }
        let bare = bytes.filter { $0 != 0x3A && $0 != 0x2D }
        let digits = bare.count { $0 >= 48 && $0 <= 57 }, hex = bare.count { HexDigit.isOne($0) }
        if bytes.starts(with: [0x30, 0x78]), bytes.count == 18, bytes.dropFirst(2).allSatisfy(HexDigit.isOne) { form = .ieee }
        else if bare.count == 12, hex == 12, digits < 12 || bytes.count > 12, digits > 0 { form = .mac }
        else if bytes.count == 15, digits == 15 { form = .imei }
        else if bare.count == 16, hex == 16, digits > 0 { form = .eui }
        else {
            let isPlain = bytes.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) || [0x2D, 0x5F, 0x2E, 0x3A, 0x21, 0x40].contains($0) }
            guard isPlain, isKeyNamed || digits >= 2 && (bytes.count > digits || digits >= 6) else { return nil }
            form = .serial
        }
    }

    /// The scheme in which a profile names such a device.
    func scheme(key: String) -> String {
        switch form {
        case .imei: "imei"
        case .mac: "mac"
        case .ieee: "ieee"
        case .eui: KeyWords.normal(key).holds("eui") ? "deveui" : "topic"
        case .serial: "topic"
        }
    }

    /// Keys that hold a device's name, the surest first.
    static let keys = [
        "imei", "deveui", "ieeeaddr", "ieeeaddress", "ieee", "mac", "macaddress", "macaddr", "blemac", "bleaddr", "bleaddress", "addr", "address", "deviceid", "devid", "deviceuid",
        "deviceserial", "serial", "serialnumber", "serialno", "sn", "uniqueid", "uuid", "did", "tagid", "sensorid", "nodeid", "unitid", "device", "dev", "id", "devicename", "src", "node",
    ]

    static func rank(key: String) -> Int? { keys.firstIndex(of: KeyWords.normal(key)) }
}

enum HexDigit {
    static func isOne(_ b: UInt8) -> Bool { (b >= 48 && b <= 57) || (b >= 65 && b <= 70) || (b >= 97 && b <= 102) }
}
