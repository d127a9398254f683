import CareModel
import Formats

/// What a device last said of itself, for the technician who looks for a fault: battery, link, its own faults and its clock. What it
/// measured of people is left out here.
struct DeviceState {
    let vault: Vault
    let picture: Board.Picture

    /// `{"clock_s","device","is_cut","newest":[{"at","kind","quality":[…],"unit","value"}]}`, by kind.
    ///
    /// `clock_s` is how far the device's claim of the time was from the hub's, of the newest reading that made one; null = it made none.
    func document(of device: DeviceID, in period: Range<WallTime>) throws -> [UInt8] {
        var newest: [Kind: (reading: Reading, at: WallTime)] = [:], clockSeconds: Int?
        let isCut = try JournalWindow(vault: vault, picture: picture).readings(period) { reading, wall in
            guard reading.device == device else { return }
            if let claimed = reading.observedAt { clockSeconds = (claimed - wall).wholeSeconds }
            guard reading.kind.name.hasPrefix("device.") else { return }
            newest[reading.kind] = (reading, wall)
        }
        var w = JSONWriter()
        w.beginObject()
        w.key("clock_s"); if let clockSeconds { w.integer(clockSeconds) } else { w.null() }
        w.key("device"); w.string(device.text)
        w.key("is_cut"); w.bool(isCut)
        w.key("newest")
        w.beginArray()
        for (kind, found) in newest.sorted(by: { $0.key.name < $1.key.name }) {
            w.beginObject()
            w.key("at"); w.time(found.at)
            w.key("kind"); w.string(kind.name)
            w.key("quality")
            w.beginArray()
            for name in found.reading.quality.names { w.string(name) }
            w.endArray()
            w.key("unit"); w.string(kind.entry.unit)
            w.key("value")
            switch found.reading.value {
            case .number(let scaled): w.decimal(scaled: scaled, decimals: kind.entry.decimals)
            case .flag(let on): w.bool(on)
            case .code(let text): w.string(text)
            case .waveform: w.null()
            }
            w.endObject()
        }
        w.endArray()
        w.endObject()
        return w.bytes
    }
}
