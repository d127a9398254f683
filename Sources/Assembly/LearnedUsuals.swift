import CareModel
import Detection
import Formats
import GatewayCore
import Ledger

/// What Detection has learned as usual of some devices, as the newest checkpoint has it: a minute old in a running hub. The core itself
/// is not asked, so that nobody who looks at a drawing holds up a decision.
struct LearnedUsuals {
    private let usuals: [Usual]
    private let asOf: WallTime?
    private let picture: Board.Picture

    init(of devices: Set<DeviceID>, vault: Vault, picture: Board.Picture) throws {
        self.picture = picture
        guard !devices.isEmpty, let book = picture.configuration?.rules, let row = try vault.reader.newestCheckpoint(), row.stateVersion == UInt32(Checkpoint.formVersion) else {
            (usuals, asOf) = ([], nil)
            return
        }
        let kept = try Checkpoint(position: row.position, at: row.at, build: row.build, configuration: row.configuration, sectionBytes: row.sections)
        // Of another version of the program: what it learned is shown once this one has written its own.
        guard let section = kept.sections.first(where: { $0.name == "detection" && Detection.stateVersionsRead.contains($0.version) }) else {
            (usuals, asOf) = ([], nil)
            return
        }
        var reader = ByteReader(section.bytes)
        usuals = try Detection.usuals(of: devices, from: &reader, version: section.version, under: book)
        asOf = picture.clock.wall(row.at)
    }

    /// Null where no rule learns it; else `{"as_of","count","is":"learned","learn_days","since","spans":[[ms,ms,low,centre,high]…]}`, or
    /// `learning` without spans, or `shared`: what is learned at a device that several use is of no one of them.
    ///
    /// - Parameters:
    ///   - resident: whom the drawing is about.
    ///   - period: of the drawing, told by the hours of `zone`.
    func write(_ device: DeviceID, _ kind: Kind, _ resident: ResidentID?, in zone: TimeZoneTable, _ period: Range<WallTime>, to w: inout JSONWriter) {
        guard let seconds = picture.configuration?.rules.learnSeconds(of: kind, at: device, of: resident) else { return w.null() }
        let own = usuals.filter { $0.device == device && $0.kind == kind && ($0.resident == nil || $0.resident == resident) }
        let found = own.first { $0.resident != nil } ?? own.first, decimals = kind.entry.decimals
        w.beginObject()
        w.key("as_of"); w.time(asOf)
        w.key("count"); w.integer(found?.count ?? 0)
        w.key("is"); w.string(isShared(device) && found?.resident == nil ? "shared" : found?.isLearned == true ? "learned" : "learning")
        w.key("learn_days"); w.decimal(scaled: Int64(seconds) * 10 / 86_400, decimals: 1)
        w.key("since"); w.time(found.map { picture.clock.wall($0.since) })
        if let found, found.isLearned, found.resident != nil || !isShared(device) {
            w.key("spans")
            w.beginArray()
            for (hour, usual) in found.hours(of: period, in: zone) {
                w.beginArray()
                w.integer(hour.lowerBound.microseconds / 1_000)
                w.integer(hour.upperBound.microseconds / 1_000)
                for scaled in [usual.centre - usual.stray, usual.centre, usual.centre + usual.stray] { w.decimal(scaled: scaled, decimals: decimals) }
                w.endArray()
            }
            w.endArray()
        }
        w.endObject()
    }

    /// Whether a device that doesn't tell persons apart is used by several.
    private func isShared(_ device: DeviceID) -> Bool {
        guard let binding = picture.household.binding(of: device).map({ picture.household.bindings[Int($0)] }) else { return false }
        return binding.isShared || binding.residents.count > 1 || (binding.residents.isEmpty && picture.household.homes[binding.home].occupants > 1)
    }
}
