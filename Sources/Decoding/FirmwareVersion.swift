/// A version as devices write it: numbers between points, with a letter in front or words behind that don't count.
struct FirmwareVersion: Hashable, Sendable {
    static let numbersMax = 8
    var numbers: [Int]

    /// - Returns: nil when the text has no number, or too many.
    init?(_ text: String) {
        numbers = []
        var digits = "", rest = text.utf8.drop { $0 < 0x30 || $0 > 0x39 }[...]
        while let byte = rest.first {
            rest = rest.dropFirst()
            if byte >= 0x30, byte <= 0x39 {
                digits.append(Character(Unicode.Scalar(byte)))
                continue
            }
            guard byte == 0x2E, let number = Int(digits) else { break }
            numbers.append(number)
            digits = ""
        }
        if let number = Int(digits) { numbers.append(number) }
        guard !numbers.isEmpty, numbers.count <= FirmwareVersion.numbersMax else { return nil }
    }

    /// Number by number; what is missing counts as 0.
    func isBefore(_ other: FirmwareVersion) -> Bool {
        for i in 0..<max(numbers.count, other.numbers.count) {
            let mine = i < numbers.count ? numbers[i] : 0, theirs = i < other.numbers.count ? other.numbers[i] : 0
            if mine != theirs { return mine < theirs }
        }
        return false
    }
}
