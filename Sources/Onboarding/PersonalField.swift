import CareModel
import Decoding

/// A field that says who somebody is.
struct PersonalField: Hashable, Sendable {
    enum Sort: String, Hashable, Sendable {
        case nationalID = "a national identity number"
        case email = "an e-mail address"
        case phone = "a telephone number"
        case name = "a person's name"
        case other = "something about a person"
    }

    var sort: Sort
    /// The values themselves say so, not only the key.
    var isSure: Bool

    /// - Parameter field: of a text or a long number.
    init?(_ field: SurveyedField) {
        let texts = field.words.map(\.text).filter { !$0.isEmpty }
        guard !texts.isEmpty else { return nil }
        let key = KeyWords.normal(field.keys.last ?? ""), parts = KeyWords.parts(field.keys.last ?? "")
        if texts.contains(where: PersonalField.isNationalID) { self.init(sort: .nationalID, isSure: true) }
        else if texts.contains(where: PersonalField.isEmail) { self.init(sort: .email, isSure: true) }
        else if texts.contains(where: PersonalField.isPhone) && !["imei", "imsi", "iccid", "time", "timestamp", "ts", "sn", "id"].contains(key) { self.init(sort: .phone, isSure: true) }
        else if ["citiz", "citizen", "citizenid", "idcard", "idnumber", "nationalid", "ssn", "cpf", "身份证", "身份证号"].contains(key) { self.init(sort: .nationalID, isSure: false) }
        else if ["email", "mail", "邮箱"].contains(key) { self.init(sort: .email, isSure: false) }
        else if ["phone", "mobile", "tel", "telephone", "msisdn", "phonenumber", "电话", "手机", "手机号"].contains(key) { self.init(sort: .phone, isSure: false) }
        else if ["user", "username", "fullname", "firstname", "lastname", "patient", "patientname", "person", "personname", "resident", "wearer", "elder", "姓名", "用户", "老人"].contains(key)
            || parts.first == "name" && parts.count > 1 && parts.dropFirst().allSatisfy({ $0.utf8.count <= 2 }) { self.init(sort: .name, isSure: false) }
        else if key == "name", field.keys.dropLast().contains(where: { ["patient", "user", "person", "wearer", "resident", "elder", "owner", "member"].contains(KeyWords.normal($0)) })
            || texts.contains(where: { (2...4).contains($0.unicodeScalars.count) && $0.unicodeScalars.allSatisfy { (0x4E00...0x9FFF).contains($0.value) } }) { self.init(sort: .name, isSure: false) }
        else if ["birth", "birthday", "birthdate", "dob", "brith", "address", "homeaddress", "imsi", "iccid", "patientid", "userid", "personid", "生日", "住址", "地址"].contains(key), DeviceName(text: texts[0])?.form != .mac { self.init(sort: .other, isSure: false) }
        else { return nil }
    }

    private init(sort: Sort, isSure: Bool) { (self.sort, self.isSure) = (sort, isSure) }

    /// GB 11643-1999: 17 digits and a check character of ISO 7064, MOD 11-2; the date inside must be one.
    static func isNationalID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 18, bytes.prefix(17).allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return false }
        let year = bytes[6..<10].reduce(0) { $0 * 10 + Int($1 - 48) }, month = bytes[10..<12].reduce(0) { $0 * 10 + Int($1 - 48) }, day = bytes[12..<14].reduce(0) { $0 * 10 + Int($1 - 48) }
        guard (1_880...2_100).contains(year), (1...12).contains(month), (1...31).contains(day) else { return false }
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(bytes, weights).reduce(0) { $0 + Int($1.0 - 48) * $1.1 }
        return Array("10X98765432".utf8)[sum % 11] == (bytes[17] == 0x78 ? 0x58 : bytes[17])
    }

    static func isEmail(_ text: String) -> Bool {
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, halves[1].contains("."), halves[1].first != ".", halves[1].last != "." else { return false }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x3A }
    }

    /// A mobile number of mainland China (11 digits from 13 to 19), or one in the international form.
    static func isPhone(_ text: String) -> Bool {
        var digits = Array(text.utf8.filter { $0 != 0x20 && $0 != 0x2D })
        let isInternational = digits.first == 0x2B
        if isInternational { digits.removeFirst() }
        guard digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return false }
        if isInternational { return (8...15).contains(digits.count) }
        return digits.count == 11 && digits[0] == 0x31 && digits[1] >= 0x33
    }
}
