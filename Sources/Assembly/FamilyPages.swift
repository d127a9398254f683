import CareModel
import Decoding
import Formats
import Ledger
import Simulation
import Synchronization

/// What a family sees of its own people: whether they are protected, their day, and what happened.
///
/// What is left out is left out here, not by the page: an incident comes in its masked words and without its rule, kind, room and
/// evidence, because "the bathroom again" and "two in bed" are nobody's business; of the day only the kinds of `told` come. What may be
/// about somebody else of the home too is not shown.
struct FamilyPages {
    let vault: Vault
    let picture: Board.Picture

    /// How far back incidents are shown.
    static let incidentPeriod = Span.seconds(7 * 86_400)
    /// Incidents of one person: the unresolved ones first.
    static let incidentsMax = 50
    /// What concerns people; devices and duties are the service's.
    static let categories: Set<String> = [Category.safety.name, Category.medical.name, Category.behaviour.name]

    /// Whether a kind's value of the day is told: vital signs and the steps, nothing that says where in the home somebody was.
    static func tells(_ kind: Kind) -> Bool { kind.name.hasPrefix("vital.") || kind.name == "behaviour.steps_today" }

    /// - Parameters:
    ///   - people: those that homes.yaml doesn't have are left out.
    ///   - withheld: who doesn't consent: named by the identifier that the account has, and nothing else.
    ///   - days: gathered a few minutes ago at most.
    func document(of people: [ResidentID], withheld: [ResidentID], days: FamilyDays) throws -> [UInt8] {
        let household = picture.household, pages = try HomePages(vault: vault, picture: picture)
        var w = JSONWriter(reserving: 4_096)
        w.beginObject()
        w.key("residents")
        w.beginArray()
        for index in people.compactMap({ household.resident($0) }) {
            let reasons = pages.reasons(index)
            w.beginObject()
            w.key("consent"); w.bool(true)
            w.key("incidents"); try writeIncidents(household.residents[index], household.homes[household.residents[index].home].id, to: &w)
            w.key("name"); w.string(household.residents[index].name)
            w.key("protected"); w.bool(reasons.allSatisfy(\.isWell))
            // Without their details: those name devices, queues and colleagues.
            w.key("reasons"); HomePages.write(reasons.map { .init(code: $0.code, isWell: $0.isWell, detail: "") }, to: &w)
            w.key("resident"); w.string(household.residents[index].id.text)
            w.key("today"); try days.day(of: index, vault, picture).write(to: &w)
            w.endObject()
        }
        for id in withheld {
            w.beginObject()
            w.key("consent"); w.bool(false)
            w.key("resident"); w.string(id.text)
            w.endObject()
        }
        w.endArray()
        w.endObject()
        return w.bytes
    }

    /// Whether an incident is one that a family with these people sees.
    static func shows(_ stored: StoredRevision, to people: [ResidentID]) -> Bool {
        guard let json = try? JSONReader.read(stored.revision.masked, limits: DeviceLog.limits) else { return false }
        return shows(stored, json, to: people)
    }

    private static func shows(_ stored: StoredRevision, _ json: Value, to people: [ResidentID]) -> Bool {
        let named = json["resident"]?.text.map { [$0] } ?? (json["candidates"]?.items ?? []).compactMap(\.text)
        guard stored.revision.origin == .live, categories.contains(stored.revision.category.name), !named.isEmpty else { return false }
        return named.allSatisfy { people.contains(ResidentID($0)) }
    }

    private func writeIncidents(_ resident: Resident, _ home: HomeID, to w: inout JSONWriter) throws {
        let since = HubTime.wallTime() - FamilyPages.incidentPeriod
        let unresolved = try vault.reader.incidentList(in: IncidentState.allCases.filter { $0 != .resolved }, homes: [home], limit: ReportPages.wallRowsMax)
        let closed = try vault.reader.incidentList(in: [.resolved], since: since, homes: [home], limit: ReportPages.wallRowsMax)
        var count = 0
        w.beginArray()
        for stored in unresolved.revisions + closed.revisions where count < FamilyPages.incidentsMax {
            guard let json = try? JSONReader.read(stored.revision.masked, limits: DeviceLog.limits), FamilyPages.shows(stored, json, to: [resident.id]) else { continue }
            count += 1
            let reached = (json["annotations"]?.items ?? []).last { ["contacted", "contacted_patient"].contains($0["what"]?.text ?? "") }
            w.beginObject()
            w.key("category"); w.string(stored.revision.category.name)
            w.key("id"); w.string(stored.revision.incident.description)
            w.key("opened_at"); w.string(json["opened_at"]?.text)
            w.key("priority"); w.string(stored.revision.priority.name)
            w.key("reached_at"); w.string(reached?["at"]?.text)
            w.key("state"); w.string(stored.revision.state.name)
            w.key("text")
            w.beginObject()
            for language in ["en", "zh-CN"] { w.key(text: language); w.string(json["text"]?[language]?.text ?? "") }
            w.endObject()
            w.endObject()
        }
        w.endArray()
    }
}

/// The days of people whose families look, each gathered from the journal at most once in `keptSeconds`: it is read again from midnight.
final class FamilyDays: Sendable {
    static let keptSeconds: Int64 = 300
    /// People whose day is kept; more than any hub's families ask for at one time.
    static let peopleMax = 512

    struct Day: Sendable {
        struct Value: Sendable {
            var scaled: Int64
            var low: Int64
            var high: Int64
            var at: WallTime
        }

        var asOf: WallTime
        var activeAt: WallTime?
        var values: [Kind: Value] = [:]
        var isCut = false

        mutating func note(_ reading: Reading, at wall: WallTime) {
            let at = reading.observedAt.map { min($0, wall) } ?? wall
            guard reading.quality.isDisjoint(with: .unjudgeable) else { return }
            if FamilyDays.activity.contains(reading.kind.name), reading.value == .flag(true) || reading.kind.name == "behaviour.opening" { activeAt = max(activeAt ?? at, at) }
            guard FamilyPages.tells(reading.kind), case .number(let scaled) = reading.value else { return }
            guard var value = values[reading.kind] else {
                values[reading.kind] = Value(scaled: scaled, low: scaled, high: scaled, at: at)
                return
            }
            (value.low, value.high) = (min(value.low, scaled), max(value.high, scaled))
            if at >= value.at { (value.scaled, value.at) = (scaled, at) }
            values[reading.kind] = value
        }

        /// `{"active_at","as_of","is_cut","values":[{"at","high","kind","low","unit","value"}]}`, by kind.
        func write(to w: inout JSONWriter) {
            w.beginObject()
            w.key("active_at"); w.time(activeAt)
            w.key("as_of"); w.time(asOf)
            w.key("is_cut"); w.bool(isCut)
            w.key("values")
            w.beginArray()
            for (kind, value) in values.sorted(by: { $0.key.name < $1.key.name }) {
                let decimals = kind.entry.decimals
                w.beginObject()
                w.key("at"); w.time(value.at)
                w.key("high"); w.decimal(scaled: value.high, decimals: decimals)
                w.key("kind"); w.string(kind.name)
                w.key("low"); w.decimal(scaled: value.low, decimals: decimals)
                w.key("unit"); w.string(kind.entry.unit)
                w.key("value"); w.decimal(scaled: value.scaled, decimals: decimals)
                w.endObject()
            }
            w.endArray()
            w.endObject()
        }
    }

    /// That somebody moves at home; which room is not told.
    static let activity: Set<String> = ["behaviour.motion", "behaviour.presence", "behaviour.opening", "behaviour.appliance_power", "behaviour.object_motion"]

    private let kept = Mutex<[ResidentID: Day]>([:])

    func day(of resident: Int, _ vault: Vault, _ picture: Board.Picture) throws -> Day {
        let household = picture.household, id = household.residents[resident].id, home = household.residents[resident].home
        let now = HubTime.wallTime(), zone = household.homes[home].zone, today = zone.civil(now)
        let midnight = zone.wall(CivilTime(year: today.year, month: today.month, day: today.day))
        let known = kept.withLock { $0[id] }
        if let known, known.asOf >= midnight, known.asOf <= now, (now - known.asOf).wholeSeconds < FamilyDays.keptSeconds { return known }
        var day = Day(asOf: now)
        day.isCut = try JournalWindow(vault: vault, picture: picture).readings(midnight..<now + .seconds(1)) { reading, wall in
            guard let index = reading.binding, household.bindings.indices.contains(Int(index)) else { return }
            let binding = household.bindings[Int(index)]
            if let person = reading.person, Int(person) != resident { return }
            let isOwn = reading.person.map { Int($0) == resident } ?? (binding.residents == [resident])
            let isHomes = binding.residents.isEmpty && !binding.isShared && binding.home == home && !reading.kind.name.hasPrefix("vital.")
            if isOwn || isHomes { day.note(reading, at: wall) }
        }
        kept.withLock { kept in
            if kept.count >= FamilyDays.peopleMax { kept.removeAll() }
            kept[id] = day
        }
        return day
    }
}
