import CareModel

/// Lays the rules out over a household: shapes, seats and variants; the one-minute table is read off it.
struct RuleLayout {
    struct Override: Sendable {
        var rule: Int
        /// Whose numbers they are: a resident's index, or -2 and less for a rule set's. Who shares it shares the variants.
        var owner: Int
        var parameters: CheckedParameters
        var isOn: Bool
        var accepted: String?
        /// `RuleSpec.mayFlap`, where it says so.
        var mayFlap: Bool?
    }

    let rules: [RuleSpec]
    let household: Household
    let traits: [ProfileTraits]
    /// By resident.
    let overrides: [[Override]]
    /// By home, for what watches a home of several or a device that serves several.
    let homeOverrides: [[Override]]

    private struct VariantKey: Hashable {
        var rule: Int
        var shape: Int
        var kind: Kind?
        /// Whose numbers hold (`Override.owner`); -1 = the rule's own.
        var owner: Int
        var place: PlaceKey
    }

    /// What a form may make of a place beside its profile and kind: places that agree in it share a variant.
    private struct PlaceKey: Hashable {
        var zone: String
        var room: String
        var occupants: Int
        var hasPets: Bool
        var residents: Int
        var hasSensor: Bool
        var link: Link?

        init(_ place: RulePlace, isRoomed: Bool) {
            (zone, room) = (place.home?.zone.name ?? "", isRoomed ? place.room : "")
            (occupants, hasPets) = (place.home.map { min(2, $0.occupants) } ?? -1, place.home?.hasPets ?? false)
            (residents, hasSensor, link) = (min(2, place.residents), place.hasSensor, place.link)
        }
    }

    private struct RowKey: Hashable {
        var shape: Int
        var variants: [Int32]
    }

    /// Cells that lie one after the other.
    private struct Row {
        var first: Int
        /// Of memory, for a seat.
        var words: Int
    }

    private var variantByKey: [VariantKey: Int32] = [:]
    private var rowByKey: [RowKey: Row] = [:]
    private var shapeByProfile: [String: Int] = [:]
    private(set) var traitsByProfile: [String: ProfileTraits] = [:]
    /// By home.
    private(set) var residentsByHome: [[Int]]
    private var kindsByHome: [Set<Kind>]
    private var kindsByResident: [Set<Kind>]

    init(rules: [RuleSpec], household: Household, traits: [ProfileTraits], overrides: [[Override]], homeOverrides: [[Override]]) {
        (self.rules, self.household, self.traits) = (rules, household, traits)
        (self.overrides, self.homeOverrides) = (overrides, homeOverrides)
        residentsByHome = Array(repeating: [], count: household.homes.count)
        kindsByHome = Array(repeating: [], count: household.homes.count)
        kindsByResident = Array(repeating: [], count: household.residents.count)
        for one in traits where traitsByProfile[one.profile] == nil { traitsByProfile[one.profile] = one }
        for (index, resident) in household.residents.enumerated() { residentsByHome[resident.home].append(index) }
        for binding in household.bindings {
            let person = subject(alone: binding)
            for output in traitsByProfile[binding.profile]?.outputs ?? [] {
                kindsByHome[binding.home].insert(output.kind)
                if let person { kindsByResident[person].insert(output.kind) }
            }
        }
    }

    mutating func build(_ book: inout RuleBook) {
        for binding in household.bindings { seatDevice(binding, &book) }
        let homes = shape(.home, &book)
        for (index, home) in household.homes.enumerated() { seatHome(index, home, homes, &book) }
        book.homeSeats = household.bindings.map { Int32(household.bindings.count + $0.home) }
        let persons = shape(.resident, &book), firstPerson = book.seats.count
        book.firstPerson = firstPerson
        for (index, resident) in household.residents.enumerated() { seatResident(index, resident, persons, &book) }
        for (index, binding) in household.bindings.enumerated() {
            book.seats[index].home = book.homeSeats[index]
            book.seats[index].person = subject(alone: binding).map { Int32(firstPerson + $0) } ?? -1
            book.seats[index].device = .fingerprint(binding.device.text)
            book.seats[index].room = binding.room.isEmpty ? 0 : .fingerprint(binding.room)
        }
        let profiles = shape(.profile, &book)
        for one in traits where book.profileSeats[one.profile] == nil {
            book.profileSeats[one.profile] = book.seats.count
            let subject = Subject(home: nil, device: DeviceID("profile:" + one.profile))
            seat(profiles, .init(domain: .profile, id: one.profile), subject, RulePlace(traits: one), &book)
        }
        let links = shape(.link, &book)
        for link in Link.allCases {
            book.linkSeats.append(book.seats.count)
            let subject = Subject(home: nil, device: DeviceID("link:" + link.name))
            seat(links, .init(domain: .link, id: link.name), subject, RulePlace(link: link), &book)
        }
        seatPersonal(&book)
        seatStrangers(&book)
        flatten(&book)
    }

    // MARK: Shapes

    /// The templates of a device of `traits`; of an unknown profile, every rule that could concern it.
    private func deviceShape(_ traits: ProfileTraits?) -> Shape {
        var shape = Shape()
        for (index, rule) in rules.enumerated() {
            if rule.form.reach == .kind {
                for kind in rule.kinds where traits?.outputs.contains(where: { $0.kind == kind }) ?? true {
                    shape.add(index, rule, kind: kind, calledBy: [kind])
                }
            } else if rule.form.reach == .device {
                shape.add(index, rule, kind: nil, calledBy: rule.form.ownKinds)
            }
        }
        return shape
    }

    private func shape(_ reach: Reach, _ book: inout RuleBook) -> Int {
        var shape = Shape()
        for (index, rule) in rules.enumerated() where rule.form.reach == reach {
            shape.add(index, rule, kind: nil, calledBy: rule.kinds)
        }
        book.shapes.append(shape)
        return book.shapes.count - 1
    }

    private mutating func seatStrangers(_ book: inout RuleBook) {
        var shape = Shape()
        for (index, rule) in rules.enumerated() where rule.form.watches.contains(.unregistered) {
            if rule.form.reach == .kind {
                for kind in rule.kinds where kind.isSafety { shape.add(index, rule, kind: kind, calledBy: [kind]) }
            } else if rule.form.reach == .device {
                shape.add(index, rule, kind: nil, calledBy: [])
            }
        }
        book.strangerShape = book.shapes.count
        book.shapes.append(shape)
        var variants: [Int32] = []
        for template in shape.templates { variants.append(variant(template, shape: book.strangerShape, RulePlace(kind: template.kind), &book)) }
        let row = sharedRow(book.strangerShape, variants, &book)
        (book.strangerRow, book.strangerWords) = (row.first, row.words)
    }

    private func flatten(_ book: inout RuleBook) {
        for shape in book.shapes {
            for templates in shape.calls {
                book.callStarts.append(UInt32(book.calls.count))
                book.calls += templates
            }
            book.callStarts.append(UInt32(book.calls.count))
        }
        book.judges = book.bound.map(\.judge)
        book.isAbsence = book.bound.map(\.isAbsence)
        for seat in book.linkSeats {
            for (t, template) in book.shapes[Int(book.seats[seat].shape)].templates.enumerated() where rules[template.rule].form.name == CommonSilence.name {
                let variant = Int(book.cell(seat, t).variant)
                if variant >= 0 { book.commonSilence = .seconds(book.bound[variant].worstCaseSeconds(0)) }
            }
        }
    }

    // MARK: Seats

    private mutating func seatDevice(_ binding: DeviceBinding, _ book: inout RuleBook) {
        let shape: Int
        if let found = shapeByProfile[binding.profile] { shape = found } else {
            shape = book.shapes.count
            book.shapes.append(deviceShape(traitsByProfile[binding.profile]))
            shapeByProfile[binding.profile] = shape
        }
        book.deviceSeats[binding.device] = book.seats.count
        seat(shape, .init(domain: .device, id: binding.device.text), subject(of: binding), place(of: binding), alone: alone(binding), within: binding.home, &book)
    }

    private mutating func seatHome(_ index: Int, _ home: Home, _ shape: Int, _ book: inout RuleBook) {
        seat(shape, .init(domain: .home, id: home.id.text), subject(ofHome: index), place(ofHome: index), alone: alone(inHome: index), within: index, home: index, &book)
    }

    private mutating func seatResident(_ index: Int, _ resident: Resident, _ shape: Int, _ book: inout RuleBook) {
        let subject = Subject(home: household.homes[resident.home].id, residents: [resident.id])
        seat(shape, .init(domain: .resident, id: resident.id.text), subject, place(ofHome: resident.home), alone: index, within: resident.home, home: resident.home, person: index, &book)
    }

    mutating func seat(
        _ shape: Int, _ identity: SeatIdentity, _ subject: Subject, _ place: RulePlace, alone: Int? = nil, within: Int? = nil, home: Int? = nil, person: Int? = nil,
        _ book: inout RuleBook
    ) {
        let templates = book.shapes[shape].templates
        var variants: [Int32] = []
        variants.reserveCapacity(templates.count)
        for template in templates {
            let personal = override(alone, within: within, template.rule)
            let isOn = personal?.isOn ?? true
            let here = fitted(place, to: template, home: home, person: person)
            variants.append(isOn ? variant(template, shape: shape, override: personal, here, &book) : -1)
        }
        let row = sharedRow(shape, variants, &book)
        let index = Int32(book.seats.count)
        book.seats.append(Seat(shape: Int32(shape), row: Int32(row.first), firstKey: Int32(book.timed.count), memory: Int32(book.memoryWords)))
        book.subjects.append(subject)
        book.identities.append(identity)
        book.memoryWords += row.words
        for t in templates.indices where book.cells[row.first + t].key >= 0 { book.timed.append((index, Int32(t))) }
    }

    /// The cells of a shape with these variants; seats that agree in them share the row.
    private mutating func sharedRow(_ shape: Int, _ variants: [Int32], _ book: inout RuleBook) -> Row {
        let key = RowKey(shape: shape, variants: variants)
        if let found = rowByKey[key] { return found }
        var row = Row(first: book.cells.count, words: 0), keys: Int32 = 0
        for (variant, template) in zip(variants, book.shapes[shape].templates) {
            let form = rules[template.rule].form
            var cell = Cell(
                variant: variant, memory: Int32(row.words), key: -1, maySoonen: form.watches.contains(.sooner), isHearing: form.watches.contains(.hearing))
            if variant >= 0 {
                row.words += form.memoryWords
                if form.watches.contains(.deadlines) { (cell.key, keys) = (keys, keys + 1) }
            }
            book.cells.append(cell)
        }
        rowByKey[key] = row
        return row
    }

    private mutating func variant(
        _ template: Shape.Template, shape: Int, override: Override? = nil, _ place: RulePlace, _ book: inout RuleBook
    ) -> Int32 {
        let key = VariantKey(
            rule: template.rule, shape: shape, kind: template.kind, owner: override?.owner ?? -1,
            place: PlaceKey(place, isRoomed: rules[template.rule].form.isRoomed))
        if let found = variantByKey[key] { return found }
        var index: Int32 = -1
        if case .on(let fitted) = (override?.parameters ?? rules[template.rule].parameters).fit(place) {
            index = Int32(book.bound.count)
            book.bound.append(fitted)
            book.mayFlap.append(override?.mayFlap ?? rules[template.rule].mayFlap)
        }
        variantByKey[key] = index
        return index
    }
}

extension RuleLayout {
    /// Numbers of one person hold for a device that serves that person alone, and for the home of one.
    func alone(_ binding: DeviceBinding) -> Int? { binding.residents.count == 1 ? binding.residents[0] : nil }
    private func alone(inHome index: Int) -> Int? { residentsByHome[index].count == 1 ? residentsByHome[index][0] : nil }

    /// Whom a reading of the device is about: whom it serves alone, or the only person of the home that it serves.
    private func subject(alone binding: DeviceBinding) -> Int? {
        if !binding.residents.isEmpty { return alone(binding) }
        return household.homes[binding.home].occupants <= 1 ? alone(inHome: binding.home) : nil
    }

    /// The numbers of the one person whom it is about; where there are several, those of their home.
    private func override(_ resident: Int?, within home: Int?, _ rule: Int) -> Override? {
        let found = resident.map { overrides[$0] } ?? home.map { homeOverrides[$0] } ?? []
        return found.first { $0.rule == rule }
    }

    private func subject(of binding: DeviceBinding) -> Subject {
        Subject(
            home: household.homes[binding.home].id, residents: binding.residents.map { household.residents[$0].id },
            room: binding.room, device: binding.device)
    }

    private func subject(ofHome index: Int) -> Subject {
        Subject(home: household.homes[index].id, residents: residentsByHome[index].map { household.residents[$0].id })
    }

    private func place(of binding: DeviceBinding) -> RulePlace {
        RulePlace(
            traits: traitsByProfile[binding.profile], home: household.homes[binding.home], residents: residentsByHome[binding.home].count,
            room: binding.room)
    }

    private func place(ofHome index: Int) -> RulePlace { RulePlace(home: household.homes[index], residents: residentsByHome[index].count) }

    private func fitted(_ place: RulePlace, to template: Shape.Template, home: Int?, person: Int? = nil) -> RulePlace {
        var here = place
        here.kind = template.kind
        if let person { here.hasSensor = rules[template.rule].kinds.contains { kindsByResident[person].contains($0) } }
        else if let home { here.hasSensor = rules[template.rule].kinds.contains { kindsByHome[home].contains($0) } }
        return here
    }

    /// The one-minute table, devices first, in the order of the household.
    func worstCases(_ book: RuleBook) -> [WorstCase] {
        var table: [WorstCase] = []
        let devices = household.bindings.count, homes = household.homes.count
        for (index, seat) in book.seats.prefix(devices + homes + household.residents.count).enumerated() {
            let binding = index < household.bindings.count ? household.bindings[index] : nil
            let person = index >= devices + homes ? index - devices - homes : nil
            let home = person.map { household.residents[$0].home } ?? index - devices
            let whole = binding.map { place(of: $0) } ?? place(ofHome: home)
            let who = person ?? binding.map { alone($0) } ?? alone(inHome: home)
            for template in book.shapes[Int(seat.shape)].templates {
                let here = fitted(whole, to: template, home: binding == nil ? home : nil, person: person)
                if let row = row(template, here, book.subjects[index], binding, override(who, within: binding?.home ?? home, template.rule)) { table.append(row) }
            }
        }
        return table
    }

    private func row(
        _ template: Shape.Template, _ place: RulePlace, _ subject: Subject, _ binding: DeviceBinding?, _ override: Override?
    ) -> WorstCase? {
        let rule = rules[template.rule], parameters = override?.parameters ?? rule.parameters
        let output = template.kind.flatMap { kind in place.traits?.outputs.first { $0.kind == kind } }
        let transport = output?.transportDelaySecondsMax ?? 0
        var row = WorstCase(
            home: subject.home, residents: subject.residents, device: subject.device, profile: binding?.profile ?? "", room: subject.room,
            rule: rule.name, kind: template.kind, priority: parameters.priorityMax, promise: .absence, seconds: nil, transportSeconds: transport,
            intervalSeconds: output?.intervalSeconds, windowSeconds: 0, persistenceSeconds: 0, supervisionSeconds: place.traits?.supervisionSeconds,
            off: nil, accepted: override?.accepted)
        switch parameters.fit(place) {
        // A rule for other devices is no gap in this one's protection.
        case .off(.otherDevices): return nil
        case .off(let reason): row.off = reason
        case .on(let fitted):
            let interval = output?.intervalSeconds
            row.promise = fitted.promise(interval)
            let whole = fitted.worstCaseSeconds(interval ?? 0)
            row.windowSeconds = fitted.windowSeconds
            row.persistenceSeconds = max(0, whole - row.windowSeconds - (interval ?? 0))
            row.seconds = transport + whole
        }
        if override?.isOn == false { (row.off, row.seconds) = (.switchedOff, nil) }
        return row
    }
}
