import CareModel

/// From a device's unit to a kind's: (value + `before`) × `numerator` / `denominator`, exactly.
struct UnitConversion: Hashable, Sendable {
    var before: DecimalNumber
    var numerator: Int64
    var denominator: Int64

    init(_ numerator: Int64, _ denominator: Int64 = 1, before: DecimalNumber = DecimalNumber(0)) {
        (self.numerator, self.denominator, self.before) = (numerator, denominator, before)
    }

    static let none = UnitConversion(1)

    var isNone: Bool { self == .none }

    /// The conversion of `unit` (UCUM) for readings of `kind`; nil when there is none.
    ///
    /// Factors: NIST SP 811 appendix B; glucose 180.156 g/mol.
    static func from(_ unit: String, to kind: Kind) -> UnitConversion? {
        guard let wanted = kind.entry.unit else { return nil }
        if unit == wanted { return UnitConversion.none }
        switch (unit, wanted) {
        case ("[degF]", "Cel"): return UnitConversion(5, 9, before: DecimalNumber(-32))
        case ("K", "Cel"): return UnitConversion(1, before: DecimalNumber(-27_315, exponent: -2))
        case ("mV", "V"), ("g", "kg"), ("mm", "m"), ("ms", "s"): return UnitConversion(1, 1_000)
        case ("kPa", "mm[Hg]"): return UnitConversion(750_061_683, 100_000_000)
        case ("[lb_av]", "kg"): return UnitConversion(45_359_237, 100_000_000)
        // The Chinese market pound, 斤: half a kilogram by law (GB 3100).
        case ("{jin}", "kg"): return UnitConversion(1, 2)
        case ("mg/dL", "mmol/L") where kind == .glucose: return UnitConversion(10_000, 180_156)
        case ("cm", "m"): return UnitConversion(1, 100)
        case ("min", "s"): return UnitConversion(60)
        case ("h", "s"): return UnitConversion(3_600)
        case ("min", "h"): return UnitConversion(1, 60)
        case ("s", "h"): return UnitConversion(1, 3_600)
        case ("s", "ms"): return UnitConversion(1_000)
        case ("Pa", "hPa"): return UnitConversion(1, 100)
        case ("kPa", "hPa"): return UnitConversion(10)
        case ("mbar", "hPa"): return UnitConversion(1)
        case ("mm[Hg]", "hPa"): return UnitConversion(1_333_224, 1_000_000)
        case ("[in_i'Hg]", "hPa"): return UnitConversion(3_386_389, 100_000)
        case ("1", "%"): return UnitConversion(100)
        case ("Hz", "/min"): return UnitConversion(60)
        case ("kW", "W"): return UnitConversion(1_000)
        case ("klx", "lx"): return UnitConversion(1_000)
        default: return nil
        }
    }

    /// Another unit in which devices of the kind often report without saying so.
    static func suspect(for kind: Kind) -> UnitConversion? {
        switch kind {
        case .bodyTemperature, .skinTemperature: from("[degF]", to: kind)
        case .glucose: from("mg/dL", to: kind)
        case .bpSystolic, .bpDiastolic, .bpMean: from("kPa", to: kind)
        default: nil
        }
    }

    /// (`number` × `scale` + `offset`), converted, in units of 10^-`decimals`; nil when it exceeds 64 bits.
    ///
    /// Worked out in 10^-12 with 128 bits, then rounded half away from zero.
    func apply(_ number: DecimalNumber, scale: DecimalNumber?, offset: DecimalNumber?, decimals: Int) -> Int64? {
        if isNone, offset == nil {
            guard let scale else { return number.scaled(decimals: decimals) }
            let (product, overflow) = number.significand.multipliedReportingOverflow(by: scale.significand)
            if !overflow { return DecimalNumber(product, exponent: number.exponent + scale.exponent).scaled(decimals: decimals) }
        }
        guard var value = UnitConversion.wide(number) else { return nil }
        if let scale {
            let (product, overflow) = value.multipliedReportingOverflow(by: Int128(scale.significand))
            guard !overflow, let moved = UnitConversion.shift(product, by: scale.exponent) else { return nil }
            value = moved
        }
        for addend in [offset, before] {
            if let addend, let wide = UnitConversion.wide(addend) { value += wide }
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: Int128(numerator))
        guard !overflow else { return nil }
        let divisor = Int128(denominator) * Int128(DecimalNumber.powersOfTen[UnitConversion.places - decimals])
        let (q, r) = product.quotientAndRemainder(dividingBy: divisor)
        let rounded = r.magnitude * 2 >= divisor.magnitude ? (product < 0 ? q - 1 : q + 1) : q
        return Int64(exactly: rounded)
    }

    private static let places = 12

    /// In 10^-12; nil over 10^14, which no kind reaches.
    private static func wide(_ number: DecimalNumber) -> Int128? { shift(Int128(number.significand), by: number.exponent + places) }

    private static func shift(_ value: Int128, by places: Int) -> Int128? {
        if value == 0 { return 0 }
        var value = value
        if places >= 0 {
            guard places <= 30 else { return nil }
            for _ in 0..<places {
                value *= 10
                guard value.magnitude <= 100_000_000_000_000_000_000_000_000 else { return nil }
            }
            return value
        }
        guard places >= -38 else { return 0 }
        for _ in 0..<(-places) { value /= 10 }
        return value
    }
}
