import CareModel
import Capture
import Detection
import Escalation
import Formats
import GatewayCore
import Ledger

/// Residents and homes as the console shows them, and whether each is protected right now (守护状态).
struct HomePages {
    let vault: Vault
    let picture: Board.Picture
    private let now: WallTime
    /// By device: a healthy one is heard at least so often.
    private let supervision: [DeviceID: Int]
    private let serving: ServingDevices
    private let path: [Reason]

    /// One reason of the state; the page has its words.
    struct Reason: Hashable {
        var code: String
        var isWell: Bool
        var detail: String
    }

    /// A device is missed after so many intervals in which it must have been heard.
    static let missedIntervals = 2

    init(vault: Vault, picture: Board.Picture) throws {
        (self.vault, self.picture, now) = (vault, picture, HubTime.wallTime())
        supervision = HomePages.supervision(picture)
        serving = ServingDevices(picture.household)
        path = try HomePages.path(vault, picture, now)
    }

    /// How often each device is heard while it is well, in seconds, by its profile; one that can't be supervised is left out.
    static func supervision(_ picture: Board.Picture) -> [DeviceID: Int] {
        let byProfile = Dictionary((picture.configuration?.profiles.traits ?? []).map { ($0.profile, $0.supervisionSeconds ?? 0) }) { first, _ in first }
        return Dictionary(picture.household.bindings.map { ($0.device, byProfile[$0.profile] ?? 0) }.filter { $0.1 > 0 }) { first, _ in first }
    }

    /// Nil = nobody can tell.
    func isSilent(_ device: DeviceID) -> Bool? {
        guard let seconds = supervision[device] else { return nil }
        guard let seen = picture.lastSeen[device] else { return true }
        return (picture.at - seen).wholeSeconds > HomePages.missedIntervals * seconds
    }

    /// What holds for everybody: hub, brokers, queues.
    private static func path(_ vault: Vault, _ picture: Board.Picture, _ now: WallTime) throws -> [Reason] {
        var reasons = [Reason(code: "hub", isWell: picture.state == .running && vault.ledger.space == .enough, detail: "")]
        let lost = Link.allCases.filter { picture.links[$0]?.isConnected != true }.map(\.name)
        reasons.append(Reason(code: "broker", isWell: lost.isEmpty, detail: lost.joined(separator: ", ")))
        let waiting = try vault.reader.outboxCounts().filter { count in
            picture.queues.contains(count.queue)
                && (count.dead > 0 || count.oldestAt.map { (now - $0).microseconds > ConsoleDesk.waitingSecondsMax * 1_000_000 } ?? false)
        }.map(\.queue.text)
        reasons.append(Reason(code: "queues", isWell: waiting.isEmpty, detail: waiting.joined(separator: ", ")))
        return reasons
    }

    /// Worn, alive, hub, path, duty: what must hold so that an SOS of now reaches somebody.
    func reasons(_ resident: Int) -> [Reason] {
        let household = picture.household
        let home = household.homes[household.residents[resident].home]
        let own = serving.devices(of: resident)
        let silent = own.filter { isSilent($0.device) == true }.map(\.device.text).sorted()
        var reasons = [
            Reason(code: "devices", isWell: !own.isEmpty, detail: String(own.count)),
            Reason(code: "alive", isWell: silent.isEmpty, detail: silent.prefix(5).joined(separator: ", ")),
        ] + path
        if let plan = picture.configuration?.plan {
            let posts = plan.network.posts(for: home.station).filter { !$0.isFamily }
            let manned = posts.filter { $0.duty(at: now, zone: home.zone, rotas: plan.network.rotas) != .nobody }
            if !posts.isEmpty { reasons.append(Reason(code: "duty", isWell: !manned.isEmpty, detail: manned.prefix(5).map(\.name.zhCN).joined(separator: "、"))) }
        }
        return reasons
    }

    func list(within homes: [HomeID]?) -> [UInt8] {
        let household = picture.household, shown = homes.map { Set($0) }
        var w = JSONWriter(reserving: 4_096)
        w.beginObject()
        w.key("residents")
        w.beginArray()
        for index in household.residents.indices.sorted(by: { household.residents[$0].id < household.residents[$1].id }) {
            let resident = household.residents[index]
            let home = household.homes[resident.home]
            guard shown?.contains(home.id) ?? true else { continue }
            let bad = reasons(index).filter { !$0.isWell }
            w.beginObject()
            w.key("address"); w.string(home.address)
            w.key("born"); w.string(resident.born)
            w.key("home"); w.string(home.id.text)
            w.key("name"); w.string(resident.name)
            w.key("protected"); w.bool(bad.isEmpty)
            w.key("reasons"); HomePages.write(bad, to: &w)
            w.key("resident"); w.string(resident.id.text)
            w.key("station"); w.string(home.station)
            w.endObject()
        }
        w.endArray()
        w.endObject()
        return w.bytes
    }

    func document(of index: Int) -> [UInt8] {
        let household = picture.household
        let resident = household.residents[index]
        let all = reasons(index)
        var w = JSONWriter(reserving: 8_192)
        w.beginObject()
        w.key("devices")
        w.beginArray()
        for binding in serving.devices(of: index).sorted(by: { $0.device < $1.device }) {
            w.beginObject()
            w.key("device"); w.string(binding.device.text)
            w.key("expected_s"); if let seconds = supervision[binding.device] { w.integer(seconds) } else { w.null() }
            w.key("last_seen_at"); w.time(picture.lastSeen[binding.device].map { picture.clock.wall($0) })
            w.key("own"); w.bool(binding.residents.contains(index))
            w.key("profile"); w.string(binding.profile)
            w.key("room"); w.string(binding.room)
            w.key("silent"); if let silent = isSilent(binding.device) { w.bool(silent) } else { w.null() }
            w.endObject()
        }
        w.endArray()
        w.key("home"); HomePages.write(household.homes[resident.home], to: &w)
        w.key("limits"); writeLimits(resident, to: &w)
        w.key("plan"); writePlan(to: &w)
        w.key("plan_by_time"); writePlanByTime(to: &w)
        w.key("protected"); w.bool(all.allSatisfy(\.isWell))
        w.key("reasons"); HomePages.write(all, to: &w)
        w.key("resident"); HomePages.write(resident, to: &w)
        w.key("rules")
        w.beginArray()
        let home = household.homes[resident.home].id
        for row in picture.configuration?.rules.worstCases() ?? [] where row.residents.contains(resident.id) || (row.residents.isEmpty && row.home == home) { RuleWords.write(row, to: &w) }
        w.endArray()
        w.endObject()
        return w.bytes
    }

    /// Who is told when, of what may be about a life and of what can wait, by day.
    private func writePlan(to w: inout JSONWriter) {
        w.beginArray()
        if let plan = picture.configuration?.plan {
            for priority in [Priority.high, .medium, .low] {
                w.beginObject()
                w.key("priority"); w.string(priority.name)
                w.key("tiers"); Surroundings.write(plan.tiers(kind: "", priority: priority, category: .safety), to: &w)
                w.endObject()
            }
        }
        w.endArray()
    }

    /// What is otherwise at some hours of the home's day: whom nobody wakes, and who is told in the morning.
    private func writePlanByTime(to w: inout JSONWriter) {
        w.beginArray()
        for variation in picture.configuration?.plan.variations ?? [] {
            let response = variation.response
            w.beginObject()
            w.key("between"); w.string(response.between?.text)
            w.key("hold_until"); w.string(response.holdMinute.map { DayWindow.text($0) })
            w.key("kinds"); HomePages.write(response.kinds, to: &w)
            w.key("name"); w.string(response.name)
            w.key("takes")
            w.beginArray()
            for share in variation.takes {
                w.beginObject()
                w.key("categories"); HomePages.write(share.categories.map(\.name), to: &w)
                w.key("priorities"); HomePages.write(share.priorities.map(\.name), to: &w)
                w.endObject()
            }
            w.endArray()
            w.key("tiers"); Surroundings.write(response.tiers, to: &w)
            w.endObject()
        }
        w.endArray()
    }

    /// What a clinician wrote into homes.yaml for this person.
    private func writeLimits(_ resident: Resident, to w: inout JSONWriter) {
        w.beginArray()
        for limit in resident.limits {
            w.beginObject()
            w.key("numbers"); RuleWords.writeNumbers(limit.parameters, to: &w)
            w.key("rule"); w.string(limit.rule)
            w.key("set_by"); w.string(RuleWords.text(limit.parameters["set_by"]))
            w.endObject()
        }
        w.endArray()
    }

    private static func write(_ texts: [String], to w: inout JSONWriter) {
        w.beginArray()
        for one in texts { w.string(one) }
        w.endArray()
    }

    static func write(_ reasons: [Reason], to w: inout JSONWriter) {
        w.beginArray()
        for reason in reasons {
            w.beginObject()
            w.key("code"); w.string(reason.code)
            w.key("detail"); w.string(reason.detail)
            w.key("well"); w.bool(reason.isWell)
            w.endObject()
        }
        w.endArray()
    }

    static func write(_ home: Home, to w: inout JSONWriter) {
        w.beginObject()
        w.key("access"); w.string(home.access)
        w.key("address"); w.string(home.address)
        w.key("home"); w.string(home.id.text)
        w.key("occupants"); w.integer(home.occupants)
        w.key("pets"); w.bool(home.hasPets)
        w.key("station"); w.string(home.station)
        w.endObject()
    }

    /// With the contacts in the order in which they are called: key-holders first, then who is nearest.
    static func write(_ resident: Resident, to w: inout JSONWriter) {
        let order = resident.contacts.indices.sorted { a, b in
            let (x, y) = (resident.contacts[a], resident.contacts[b])
            if x.holdsKey != y.holdsKey { return x.holdsKey }
            return (x.minutesAway ?? .max, a) < (y.minutesAway ?? .max, b)
        }
        w.beginObject()
        w.key("born"); w.string(resident.born)
        w.key("chains"); write(resident.chains, to: &w)
        w.key("consent"); write(resident.consent, to: &w)
        w.key("contacts")
        w.beginArray()
        for contact in order.map({ resident.contacts[$0] }) {
            w.beginObject()
            w.key("holds_key"); w.bool(contact.holdsKey)
            w.key("minutes_away"); if let minutes = contact.minutesAway { w.integer(minutes) } else { w.null() }
            w.key("name"); w.string(contact.name)
            w.key("phone"); w.string(contact.phone)
            w.key("relation"); w.string(contact.relation)
            w.endObject()
        }
        w.endArray()
        w.key("name"); w.string(resident.name)
        w.key("notes"); w.string(resident.notes)
        w.key("resident"); w.string(resident.id.text)
        w.key("sex"); w.string(resident.sex)
        w.endObject()
    }
}
