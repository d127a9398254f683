import CareModel
import Testing
@testable import Decoding

@Suite("Numbers and units")
struct NumberTests {
    @Test("a number is rounded to the resolution, half away from zero", arguments: [
        ("36.43000031", 2, 3643), ("0.125", 2, 13), ("-0.125", 2, -13), ("0.1249999999999999999999", 2, 12), ("1e3", 0, 1000), ("12e-1", 0, 1), ("15e-1", 0, 2),
        ("0", 3, 0), ("-0", 3, 0), ("0.0000000000000000000001", 2, 0), ("100000000000000000", 0, 100_000_000_000_000_000),
    ] as [(String, Int, Int64)])
    func rounding(text: String, decimals: Int, scaled: Int64) { #expect(DecimalNumber(text)?.scaled(decimals: decimals) == scaled) }

    @Test("what exceeds 64 bits is out of range, not wrong", arguments: ["1e19", "9999999999999999999999", "1e99999", "-1e400"])
    func overflow(text: String) { #expect(DecimalNumber(text)?.scaled(decimals: 1) == nil) }

    @Test("texts that aren't numbers are none", arguments: ["", " ", "1,5", "0x10", "1 2", "--1", "1e", ".", "five", "1.", "∞"])
    func noNumber(text: String) { #expect(DecimalNumber(text) == nil) }

    @Test("units are converted exactly", arguments: [
        ("98.6", "[degF]", "vital.body_temperature", 3700), ("310.15", "K", "vital.body_temperature", 3700), ("2950", "mV", "device.battery_voltage", 2950),
        ("16", "kPa", "vital.bp.systolic", 1200), ("150", "[lb_av]", "vital.weight", 6804), ("122.7", "{jin}", "vital.weight", 6135),
        ("90", "mg/dL", "vital.glucose", 500), ("0.97", "1", "vital.spo2", 970), ("-4", "[degF]", "env.temperature", -2000), ("1.2", "Hz", "vital.heart_rate", 720),
    ] as [(String, String, String, Int64)])
    func units(text: String, unit: String, name: String, scaled: Int64) throws {
        let kind = try #require(Kind(name: name)), number = try #require(DecimalNumber(text))
        let conversion = try #require(UnitConversion.from(unit, to: kind))
        #expect(conversion.apply(number, scale: nil, offset: nil, decimals: kind.entry.decimals) == scaled)
    }

    @Test("scale and offset apply before the unit")
    func scaleAndOffset() throws {
        let number = try #require(DecimalNumber("660"))
        #expect(UnitConversion.none.apply(number, scale: DecimalNumber(1, exponent: -1), offset: DecimalNumber(-40), decimals: 2) == 2600)
        let degrees = try #require(UnitConversion.from("[degF]", to: .bodyTemperature))
        #expect(degrees.apply(number, scale: DecimalNumber(1, exponent: -1), offset: DecimalNumber(326, exponent: -1), decimals: 2) == 3700)
        #expect(degrees.apply(DecimalNumber(9, exponent: 30), scale: nil, offset: nil, decimals: 2) == nil)
    }

    @Test("base64 is read with and without padding, and nothing else is", arguments: [
        ("AXUQ/y4B", [0x01, 0x75, 0x10, 0xFF, 0x2E, 0x01]), ("AQ==", [1]), ("AQ", [1]), ("", []), ("AXU=", [1, 0x75]),
    ] as [(String, [UInt8])])
    func base64(text: String, bytes: [UInt8]) { #expect(Base64.decode(Array(text.utf8)) == bytes) }

    @Test("broken base64 is none", arguments: ["A", "A===", "AQ=", "AX U=", "%%%%", "AXUQA"])
    func brokenBase64(text: String) { #expect(Base64.decode(Array(text.utf8)) == nil) }

    @Test("integers of a binary part have their width, order and sign", arguments: [
        ("u8", 0xFE), ("i8", -2), ("u16le", 0xFFFE), ("i16le", -2), ("u16be", 0xFEFF), ("i16be", -257), ("u32le", 0xFFFF_FFFE), ("i32be", -16_777_217),
    ] as [(String, Int64)])
    func widths(name: String, value: Int64) throws {
        let reading = try #require(BinaryField.Reading(name))
        var tree = ValueTree()
        BinaryField(key: [0x78], offset: 0, count: try #require(reading.width), reading: reading).add([0xFE, 0xFF, 0xFF, 0xFF], to: &tree)
        #expect(tree.number(0).wholeNumber == value)
    }
}
