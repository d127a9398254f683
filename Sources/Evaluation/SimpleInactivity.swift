import CareModel
import Foundation

/// The anchor of inactivity, after Cuddihy 2007: for each hour of the day the longest silence that began in it on the last 28 days,
/// and an hour; two weeks to learn.
struct SimpleInactivity {
    private static let memoryDays = 28
    static let learningDays = 14
    private static let margin = 1.0

    /// Of the newest sign, in hours since the first.
    private var last: Double?
    /// The hour of the day of the first sign.
    private let began: Double
    /// By day: for each hour the longest silence that began in it.
    private var longest: [Int: [Double]] = [:]
    private let origin: Instant

    init(first: Instant) {
        origin = first
        began = Double(first.microseconds % 86_400_000_000) / 3_600_000_000
    }

    func hours(_ at: Instant) -> Double { Double((at - origin).microseconds) / 3_600_000_000 }

    /// When the silence that began with the last sign alarms; nil while it learns.
    func alarm() -> Double? {
        guard let last, last >= Double(Self.learningDays * 24) else { return nil }
        let today = day(last), of = hour(last)
        let limit = (max(0, today - Self.memoryDays)...today).reduce(0) { max($0, longest[$1]?[of] ?? 0) }
        return last + limit + Self.margin
    }

    /// Hours from a cut to the alarm; nil while it learns.
    func wait(_ cut: Instant) -> Double? {
        return alarm().map { max(0, $0 - hours(cut)) }
    }

    /// - Returns: whether the silence before this sign had alarmed, falsely.
    mutating func see(_ at: Instant) -> Bool {
        let now = hours(at)
        defer { last = now }
        guard let last, now - last <= 72 else { return false }
        let isFalse = alarm().map { $0 < now } ?? false
        longest[day(last), default: [Double](repeating: 0, count: 24)][hour(last)] = max(longest[day(last)]?[hour(last)] ?? 0, now - last)
        return isFalse
    }

    private func hour(_ at: Double) -> Int { Int((at + began).rounded(.down)) % 24 }
    private func day(_ at: Double) -> Int { Int((at + began) / 24) }
}
