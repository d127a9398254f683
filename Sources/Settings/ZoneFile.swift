import CareModel
import Foundation

/// Reads the system's time-zone database (TZif, RFC 8536) into tables.
///
/// Changes from 1970 to the end of `SettingsLimits.zoneYearMax` are written out, those that the file only
/// describes by its last line (a POSIX TZ rule) too. After that year the last offset stays.
public enum ZoneFile {
    /// Where Debian's package tzdata keeps it.
    public static let systemFolder = "/usr/share/zoneinfo"

    /// The table of an IANA name; nil when there is no such zone.
    public static func table(_ name: String, folder: String = systemFolder) -> TimeZoneTable? {
        if name == "UTC" { return .utc }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            part.first.map { $0.isASCII && $0.isLetter } ?? false
                && part.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 | 32 >= 97 && $0 | 32 <= 122) || $0 == 95 || $0 == 45 || $0 == 43 }
        }
        guard isPlain, name.utf8.count <= 64, let data = FileManager.default.contents(atPath: folder + "/" + name),
              data.count <= SettingsLimits.zoneFileBytesMax else { return nil }
        return table(name, bytes: Array(data))
    }

    /// Reads a TZif file of version 2 or later; nil when it is none.
    public static func table(_ name: String, bytes: [UInt8]) -> TimeZoneTable? {
        var reader = BigEndianReader(bytes: bytes)
        guard let first = header(&reader), first.version >= UInt8(ascii: "2") else { return nil }
        reader.index += first.bodySize(timeBytes: 4)
        guard let head = header(&reader), bytes.count - reader.index >= head.bodySize(timeBytes: 8), head.typeCount > 0 else { return nil }
        let times = (0..<head.timeCount).map { _ in reader.integer(8) }
        let kinds = (0..<head.timeCount).map { _ in Int(reader.integer(1) & 0xFF) }
        var offsets: [Int] = []
        for _ in 0..<head.typeCount {
            offsets.append(Int(reader.integer(4)))
            reader.index += 2
        }
        guard kinds.allSatisfy({ $0 < offsets.count }) else { return nil }
        reader.index += head.charCount + head.leapCount * 12 + head.standardCount + head.utCount
        var initial = offsets[0]
        var changes: [TimeZoneTable.Transition] = []
        for (time, kind) in zip(times, kinds) {
            if time < 0 { initial = offsets[kind] } else { changes.append(.init(fromSeconds: time, offsetSeconds: offsets[kind])) }
        }
        let footer = String(decoding: bytes[min(reader.index, bytes.count)...], as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
        if !footer.isEmpty {
            guard let rule = PosixZone(footer) else { return nil }
            let last = changes.last?.fromSeconds ?? -1
            changes += rule.changes(fromYear: 1_970, throughYear: SettingsLimits.zoneYearMax).filter { $0.fromSeconds > last }
        }
        var previous = initial
        let kept = changes.filter { change in
            defer { previous = change.offsetSeconds }
            return change.offsetSeconds != previous
        }
        return TimeZoneTable(name: name, initialOffsetSeconds: initial, transitions: kept)
    }

    private struct Header {
        var version: UInt8
        var utCount, standardCount, leapCount, timeCount, typeCount, charCount: Int

        func bodySize(timeBytes: Int) -> Int {
            timeCount * (timeBytes + 1) + typeCount * 6 + charCount + leapCount * (timeBytes + 4) + standardCount + utCount
        }
    }

    private static func header(_ reader: inout BigEndianReader) -> Header? {
        guard reader.bytes.count - reader.index >= 44, Array(reader.bytes[reader.index..<reader.index + 4]) == Array("TZif".utf8) else { return nil }
        let version = reader.bytes[reader.index + 4]
        reader.index += 20
        let counts = (0..<6).map { _ in Int(reader.integer(4)) }
        guard counts.allSatisfy({ $0 >= 0 && $0 <= SettingsLimits.zoneFileBytesMax }) else { return nil }
        let head = Header(
            version: version, utCount: counts[0], standardCount: counts[1], leapCount: counts[2], timeCount: counts[3], typeCount: counts[4], charCount: counts[5])
        guard reader.bytes.count - reader.index >= head.bodySize(timeBytes: 4) else { return nil }
        return head
    }
}

/// Signed big-endian integers out of bytes whose length was checked.
private struct BigEndianReader {
    let bytes: [UInt8]
    var index = 0

    mutating func integer(_ width: Int) -> Int64 {
        var value = UInt64(0)
        for byte in bytes[index..<index + width] { value = value << 8 | UInt64(byte) }
        index += width
        let unused = UInt64(64 - width * 8)
        return Int64(bitPattern: value << unused) >> Int64(unused)
    }
}
