/// The languages in which Vigil speaks to caregivers and families; Chinese comes first.
public enum Language: UInt8, Hashable, Sendable, CaseIterable {
    case zhCN = 0
    case en = 1

    public var tag: String { self == .zhCN ? "zh-CN" : "en" }
}

/// One sentence in both languages.
public struct LocalizedText: Hashable, Sendable {
    public var zhCN: String
    public var en: String

    public init(zhCN: String, en: String) { (self.zhCN, self.en) = (zhCN, en) }

    public subscript(_ language: Language) -> String { language == .zhCN ? zhCN : en }
}

/// A number as people read it: integer part, and the fraction without trailing zeros.
public func decimalText(scaled: Int64, decimals: Int) -> String {
    guard decimals > 0 else { return String(scaled) }
    var divisor: UInt64 = 1
    for _ in 0..<decimals { divisor *= 10 }
    let (whole, rest) = scaled.magnitude.quotientAndRemainder(dividingBy: divisor)
    var out = scaled < 0 ? "-" : ""
    out += String(whole)
    guard rest > 0 else { return out }
    var fraction = ""
    fraction.appendPadded(Int(rest), width: decimals)
    while fraction.last == "0" { fraction.removeLast() }
    return out + "." + fraction
}
