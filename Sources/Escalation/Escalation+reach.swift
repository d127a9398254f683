import CareModel

extension Escalation {
    /// Notes in the history whom of the family a step asks, and what is to be said to 120.
    ///
    /// The receiver of a family's queue rings the number of the newest `family_asked`; masked forms don't show it.
    mutating func reach(_ step: Step, _ open: inout OpenIncident, at: Instant, _ context: Context) {
        guard open.incident.origin != .drill else { return }
        let wall = context.clock.wall(at)
        for contact in step.contacts {
            open.annotate("family_asked", at: wall, note: [contact.name, contact.relation, contact.phone].filter { !$0.isEmpty }.joined(separator: " "))
        }
        if step.proposesAmbulance { open.annotate("ambulance_proposed", at: wall, note: Escalation.ambulanceNote(open.incident, context.household)) }
    }

    /// What a person who calls 120 says, and how the house is found. Nothing here calls it.
    static func ambulanceNote(_ incident: Incident, _ household: Household) -> String {
        let home = incident.subject.home.flatMap { household.home($0) }.map { household.homes[$0] }
        let people = incident.subject.residents.compactMap { household.resident($0) }.map { household.residents[$0] }
        let who = people.map { $0.name.isEmpty ? $0.id.text : $0.name + ($0.born.isEmpty ? "" : "（\($0.born)）") }.joined(separator: "、")
        let address = home?.address ?? "", access = home?.access ?? ""
        let notes = people.map(\.notes).filter { !$0.isEmpty }.joined(separator: "；")
        let zh = "建议拨打120。说明：\(who.isEmpty ? "老人" : who)，\(incident.text.zhCN)。地址：\(address.isEmpty ? "不明" : address)。进门：\(access.isEmpty ? "不明" : access)。"
            + (notes.isEmpty ? "" : "注意：\(notes)。")
        let en = "Consider calling 120. Say: \(who.isEmpty ? "an elder" : who), \(incident.text.en). Address: \(address.isEmpty ? "unknown" : address). "
            + "Way in: \(access.isEmpty ? "unknown" : access)." + (notes.isEmpty ? "" : " Mind: \(notes).")
        return zh + " / " + en
    }
}
