import CareModel
import Formats

/// Readings gathered into series for drawings: few enough points for a phone, no extreme lost.
struct SeriesBook {
    /// Points of one series.
    static let pointsMax = 720
    static let seriesMax = 128

    fileprivate struct Series {
        var device: DeviceID
        var kind: Kind
        var room: String
        var isOwn: Bool
        var points: [(milliseconds: Int64, value: ReadingValue, isDoubtful: Bool)] = []
    }

    private var series: [String: Series] = [:]
    private(set) var isCut = false

    /// - Parameter isOwn: it is about the resident; else about the home.
    mutating func add(_ reading: Reading, at wall: WallTime, room: String, isOwn: Bool) {
        if case .waveform = reading.value { return }
        if reading.quality.contains(.sentinel) { return }
        let name = reading.device.text + " " + reading.kind.name
        if series[name] == nil {
            guard series.count < SeriesBook.seriesMax else {
                isCut = true
                return
            }
            series[name] = Series(device: reading.device, kind: reading.kind, room: room, isOwn: isOwn)
        }
        let isDoubtful = !reading.quality.isDisjoint(with: .unjudgeable)
        let milliseconds = (reading.observedAt.map { $0 <= wall ? $0 : wall } ?? wall).microseconds / 1_000
        // A state that is told again and again is one point until it changes.
        if case .number = reading.value {} else if let last = series[name]?.points.last, last.value == reading.value, reading.meaning == .level { return }
        series[name]?.points.append((milliseconds, reading.value, isDoubtful))
        if (series[name]?.points.count ?? 0) >= 4 * SeriesBook.pointsMax { series[name]?.thin() }
    }

    /// Those whose numbers are drawn.
    var devices: Set<DeviceID> { Set(series.values.filter { if case .number? = $0.points.first?.value { true } else { false } }.map(\.device)) }

    /// `[{"device","kind","own","points":[[ms,value,doubtful]…],"room","unit","usual"}]`, by kind and device.
    ///
    /// - Parameter usual: writes what is usual for a device and a kind, one value.
    func write(to w: inout JSONWriter, usual: (DeviceID, Kind, inout JSONWriter) -> Void) {
        w.beginArray()
        for (_, one) in series.sorted(by: { ($0.value.kind.name, $0.key) < ($1.value.kind.name, $1.key) }) {
            var one = one
            one.points.sort { $0.milliseconds < $1.milliseconds }
            let decimals = one.kind.entry.decimals
            w.beginObject()
            while one.points.count > SeriesBook.pointsMax { one.thin() }
            w.key("device"); w.string(one.device.text)
            w.key("kind"); w.string(one.kind.name)
            w.key("own"); w.bool(one.isOwn)
            w.key("points")
            w.beginArray()
            for point in one.points {
                w.beginArray()
                w.integer(point.milliseconds)
                switch point.value {
                case .number(let scaled): w.decimal(scaled: scaled, decimals: decimals)
                case .flag(let on): w.bool(on)
                case .code(let text): w.string(text)
                case .waveform: w.null()
                }
                w.integer(point.isDoubtful ? 1 : 0)
                w.endArray()
            }
            w.endArray()
            w.key("room"); w.string(one.room)
            w.key("unit"); w.string(one.kind.entry.unit)
            w.key("usual"); if case .number? = one.points.first?.value { usual(one.device, one.kind, &w) } else { w.null() }
            w.endObject()
        }
        w.endArray()
    }
}

extension SeriesBook.Series {
    /// Halves the points: of each four the least and the greatest stay, so that peaks do. States keep the newest.
    fileprivate mutating func thin() {
        guard case .number? = points.first?.value else {
            points.removeFirst(points.count / 2)
            return
        }
        func number(_ index: Int) -> Int64 { if case .number(let scaled) = points[index].value { scaled } else { 0 } }
        var kept: [Int] = []
        for start in stride(from: 0, to: points.count, by: 4) {
            let group = Array(start..<min(start + 4, points.count))
            guard let low = group.min(by: { number($0) < number($1) }), let high = group.max(by: { number($0) < number($1) }) else { continue }
            kept += low == high ? [low] : [min(low, high), max(low, high)]
        }
        points = kept.map { points[$0] }
    }
}
