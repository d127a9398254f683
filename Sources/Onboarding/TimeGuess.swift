import CareModel
import Decoding

/// A field that may hold the device's time.
struct TimeGuess: Hashable, Sendable {
    var path: String
    /// As a profile writes it.
    var format: String
    var zone: String?
    /// It agrees with when the messages came.
    var isSure: Bool
    var why: String

    static let keys: Set<String> = [
        "time", "timestamp", "timestamps", "ts", "tst", "datetime", "date", "utc", "epoch", "unixtime", "measuredat", "createdat", "reportedat", "recordedat", "observedat", "measuretime", "eventtime", "reporttime", "lastseen", "scantime",
        "createtime", "updatedat", "sendtime", "t", "bt", "when", "时间", "测量时间",
    ]

    /// Farther from the receipt than this, a clock is not taken for set.
    static let agreementSecondsMax: Int64 = 300

    /// - Parameter walls: when the messages came, in the order of the field's values; nil where it isn't known.
    init?(_ field: SurveyedField, walls: [WallTime?]) {
        guard let key = field.keys.last, TimeGuess.keys.contains(KeyWords.normal(key)) || KeyWords.parts(key).contains(where: { ["time", "timestamp", "ts"].contains($0) }) else { return nil }
        guard let (form, read) = TimeGuess.read(field) else { return nil }
        (path, format) = (field.path, form)
        let isZoned = form.hasPrefix("epoch") || form == "iso" && field.values.allSatisfy { $0.text.map { WallTime(rfc3339: $0) != nil } ?? false }
        zone = isZoned ? nil : "site"
        (isSure, why) = (false, "nothing says when the messages came, so the clock could not be checked")
        guard field.values.count == walls.count else { return }
        let differences = zip(read, walls).compactMap { pair -> Int64? in
            guard let stamp = pair.0, let wall = pair.1 else { return nil }
            return stamp - wall.microseconds / 1_000_000
        }
        guard !differences.isEmpty else { return }
        let least = differences.min() ?? 0, most = differences.max() ?? 0
        if zone == nil {
            isSure = least >= -TimeGuess.agreementSecondsMax && most <= TimeGuess.agreementSecondsMax && !read.contains(nil)
            why = isSure ? "within \(max(abs(least), abs(most))) s of when the messages came" : "\(least)…\(most) s from when the messages came: its clock may not be set, or the messages waited"
            return
        }
        // A time without a zone: whole quarters of an hour away from UTC.
        let quarter = (least + most) / 2, offset = (quarter >= 0 ? quarter + 450 : quarter - 450) / 900 * 900
        if most - least <= 2 * TimeGuess.agreementSecondsMax, abs(quarter - offset) <= TimeGuess.agreementSecondsMax, abs(offset) <= 14 * 3_600 {
            let hours = Int(abs(offset)) / 3_600, minutes = Int(abs(offset)) / 60 % 60
            var sign = offset < 0 ? "-" : "+"
            sign.appendPadded(hours, width: 2)
            sign += ":"
            sign.appendPadded(minutes, width: 2)
            why = "without a zone; it runs at \(sign) of UTC. \"site\" is the home's zone; write \(offset == 0 ? "utc" : "\"\(sign)\"") if the device keeps that one everywhere"
        } else {
            why = "without a zone, and \(least)…\(most) s from when the messages came"
        }
    }

    /// The format of all values, and what each says in seconds since 1970, a time without a zone taken as UTC.
    private static func read(_ field: SurveyedField) -> (String, [Int64?])? {
        guard let first = field.values.first else { return nil }
        if let size = first.quantity?.scaled(decimals: 0) {
            for (format, divisor) in [("epoch_s", 1), ("epoch_ms", 1_000), ("epoch_us", 1_000_000)] as [(String, Int64)] where (1_000_000_000 * divisor..<4_200_000_000 * divisor).contains(size) {
                return (format, field.values.map { $0.quantity.flatMap { $0.scaled(decimals: 0) }.map { $0 / divisor } })
            }
        }
        guard let text = first.text else { return nil }
        if WallTime(rfc3339: text) != nil { return ("iso", field.values.map { $0.text.flatMap { WallTime(rfc3339: $0) }.map { $0.microseconds / 1_000_000 } }) }
        if isLocalISO(text) { return ("iso", field.values.map { $0.text.flatMap { WallTime(rfc3339: zoned($0)) }.map { $0.microseconds / 1_000_000 } }) }
        guard let found = pattern(field) else { return nil }
        return (found, field.values.map { seconds($0.text ?? "", found) })
    }

    /// As a profile's `time` has it.
    var entry: String { "{path: \(Written.yaml(path)), format: \(Written.yaml(format))" + (zone.map { ", zone: \($0)" } ?? "") + "}" }

    private static func isLocalISO(_ text: String) -> Bool { WallTime(rfc3339: zoned(text)) != nil }

    private static func zoned(_ text: String) -> String {
        var bytes = Array(text.utf8)
        if bytes.count > 10, bytes[10] == 0x20 { bytes[10] = 0x54 }
        return String(decoding: bytes, as: UTF8.self) + "Z"
    }

    private static let patterns = ["dd/MM/yyyy HH:mm:ss", "yyyy/MM/dd HH:mm:ss", "dd-MM-yyyy HH:mm:ss", "dd.MM.yyyy HH:mm:ss", "yyyyMMddHHmmss", "yyMMddHHmmss", "ddMMyyHHmmss"]

    private static func pattern(_ field: SurveyedField) -> String? {
        patterns.first { pattern in field.values.allSatisfy { seconds($0.text ?? "", pattern) != nil } }
    }

    /// Seconds since 1970 as if the text were UTC; nil when it is not of the pattern.
    private static func seconds(_ text: String, _ pattern: String) -> Int64? {
        let t = Array(text.utf8), p = Array(pattern.utf8)
        guard t.count == p.count else { return nil }
        var parts: [UInt8: Int] = [:]
        for (c, f) in zip(t, p) {
            if (f >= 65 && f <= 90) || (f >= 97 && f <= 122) {
                guard c >= 48, c <= 57 else { return nil }
                parts[f] = (parts[f] ?? 0) * 10 + Int(c - 48)
            } else if c != f { return nil }
        }
        guard var year = parts[0x79], let month = parts[0x4D], let day = parts[0x64], let hour = parts[0x48], let minute = parts[0x6D], let second = parts[0x73] else { return nil }
        if year < 100 { year += 2_000 }
        let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard civil.isValid, (2_015...2_099).contains(year) else { return nil }
        return civil.wall().microseconds / 1_000_000
    }
}
