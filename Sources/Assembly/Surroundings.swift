import CareModel
import Decoding
import Escalation
import Formats
import GatewayCore
import Ledger
import Simulation

/// What whoever takes an incident must know besides it: the house, the people, the plan, why the rule spoke, the hour around it.
struct Surroundings {
    let vault: Vault
    let picture: Board.Picture

    /// Before and behind the opening that the drawing shows.
    static let before = Span.seconds(3_600)
    static let after = Span.seconds(900)

    func document(of id: IncidentID) throws -> [UInt8]? {
        guard let found = try vault.reader.incident(id) else { return nil }
        let incident = try JSONReader.read(found.newest.revision.full, limits: DeviceLog.limits)
        let household = picture.household
        let home = incident["home"]?.text.flatMap { household.home(HomeID($0)) }
        var w = JSONWriter(reserving: 8_192)
        w.beginObject()
        w.key("home"); if let home { HomePages.write(household.homes[home], to: &w) } else { w.null() }
        w.key("procedure"); writeProcedure(incident, home, to: &w)
        w.key("readings"); let isCut = try writeReadings(incident, home, found.row.openedAt, to: &w)
        w.key("readings_cut"); w.bool(isCut)
        w.key("residents")
        w.beginArray()
        for index in people(incident, home) { HomePages.write(household.residents[index], to: &w) }
        w.endArray()
        w.key("rule")
        if let configuration = picture.configuration, let name = incident["rule"]?.text, let rule = RuleWords(configuration).node(name) {
            w.beginObject()
            RuleWords.write(rule, to: &w)
            w.endObject()
        } else { w.null() }
        w.endObject()
        return w.bytes
    }

    /// Those whom it is about; where that is not known, everybody of the home.
    private func people(_ incident: Value, _ home: Int?) -> [Int] {
        let household = picture.household
        var named = incident["candidates"]?.items?.compactMap(\.text) ?? []
        if let one = incident["resident"]?.text { named = [one] }
        if !named.isEmpty { return named.compactMap { household.resident(ResidentID($0)) } }
        return home.map { home in household.residents.indices.filter { household.residents[$0].home == home } } ?? []
    }

    /// The tiers and clocks that hold for it.
    private func writeProcedure(_ incident: Value, _ home: Int?, to w: inout JSONWriter) {
        guard let plan = picture.configuration?.plan, let kind = incident["kind"]?.text,
              let priority = incident["priority"]?.text.flatMap({ Priority(name: $0) }),
              let category = incident["category"]?.text.flatMap({ Category(name: $0) }) else { return w.null() }
        w.beginObject()
        w.key("follow_up")
        if let follow = plan.followUp(kind: kind, priority: priority, category: category) {
            w.beginObject()
            w.key("call_s"); w.integer(follow.callSeconds)
            w.key("contact_s"); w.integer(follow.contactSeconds)
            w.key("share_s"); w.integer(follow.shareSeconds)
            w.endObject()
        } else { w.null() }
        w.key("tiers"); Surroundings.write(plan.tiers(kind: kind, priority: priority, category: category), to: &w)
        w.endObject()
    }

    static func write(_ tiers: [ResponsePlan.Tier], to w: inout JSONWriter) {
        w.beginArray()
        for tier in tiers {
            w.beginObject()
            w.key("after_s"); w.integer(tier.afterSeconds)
            w.key("posts")
            w.beginArray()
            for post in tier.posts { w.string(post) }
            w.endArray()
            w.key("propose_120"); w.bool(tier.proposesAmbulance)
            w.key("queues")
            w.beginArray()
            for queue in tier.queues { w.string(queue.text) }
            w.endArray()
            w.endObject()
        }
        w.endArray()
    }

    /// The kinds that it rests on, from those devices.
    private func writeReadings(_ incident: Value, _ home: Int?, _ openedAt: WallTime, to w: inout JSONWriter) throws -> Bool {
        let wanted = Set((incident["evidence"]?.items ?? []).compactMap { piece -> String? in
            guard let device = piece["device"]?.text, let kind = piece["kind"]?.text else { return nil }
            return device + " " + kind
        })
        var book = SeriesBook()
        var isCut = false
        let period = openedAt - Surroundings.before..<openedAt + Surroundings.after
        if !wanted.isEmpty {
            isCut = try JournalWindow(vault: vault, picture: picture).readings(period) { reading, wall in
                guard wanted.contains(reading.device.text + " " + reading.kind.name) else { return }
                book.add(reading, at: wall, room: "", isOwn: true)
            }
        }
        let usuals = try LearnedUsuals(of: book.devices, vault: vault, picture: picture)
        let zone = home.map { picture.household.homes[$0].zone } ?? .utc, resident = incident["resident"]?.text.map { ResidentID($0) }
        book.write(to: &w) { usuals.write($0, $1, resident, in: zone, period, to: &$2) }
        return isCut || book.isCut
    }
}

/// The last hours of one resident.
struct ResidentReadings {
    let vault: Vault
    let picture: Board.Picture

    func document(of resident: Int, in period: Range<WallTime>) throws -> [UInt8] {
        let household = picture.household
        let home = household.residents[resident].home
        var book = SeriesBook()
        let isCut = try JournalWindow(vault: vault, picture: picture).readings(period) { reading, wall in
            guard let index = reading.binding, household.bindings.indices.contains(Int(index)) else { return }
            let binding = household.bindings[Int(index)]
            if let person = reading.person, Int(person) != resident { return }
            let isOwn = reading.person.map { Int($0) == resident } ?? binding.residents.contains(resident)
            guard isOwn || binding.residents.isEmpty && !binding.isShared && binding.home == home else { return }
            book.add(reading, at: wall, room: binding.room, isOwn: isOwn)
        }
        var w = JSONWriter(reserving: 16_384)
        w.beginObject()
        w.key("from"); w.time(period.lowerBound)
        w.key("is_cut"); w.bool(isCut || book.isCut)
        w.key("series")
        let usuals = try LearnedUsuals(of: book.devices, vault: vault, picture: picture)
        book.write(to: &w) { usuals.write($0, $1, household.residents[resident].id, in: household.homes[home].zone, period, to: &$2) }
        w.key("through"); w.time(period.upperBound)
        w.endObject()
        return w.bytes
    }
}
