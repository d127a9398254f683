import CareModel

/// The checked bindings of devices to profiles, compiled for look-up by topic and by identity.
///
/// Never changes; shared instead of copied, because every message is read under it.
public final class Registry: Sendable {
    let book: ProfileBook
    let household: Household
    private let bindingByIdentity: [String: BindingIndex]
    /// For each binding the index of its profile, -1 where the profile is unknown.
    let profileOfBinding: [Int]
    let fingerprint: UInt64
    private let index: ShapeIndex
    /// Of the shapes that mark fields which name a person.
    private let identifying: ShapeIndex
    /// Whether any profile reads zigbee2mqtt, whose own topics are then its adapter's.
    let hasZigbee: Bool

    /// Whether a person has chosen the profile for every message: then nothing is left to recognise.
    let isChosen: Bool
    /// Whether persons whom messages name are looked up; where profiles are only tried, nobody lives.
    let isAttributing: Bool
    /// By identifier those who have it.
    private let peopleByIdentifier: [String: [Int]]
    /// By binding.
    private let shared: [Bool]
    private let viaOfBinding: [BindingIndex]
    /// By binding: whether it serves one resident, and whether that one lives alone.
    private let personal: [(isPersonal: Bool, isAlone: Bool)]

    /// - Parameters:
    ///   - isChosen: messages of devices that nobody has bound are read whatever the profiles' `recognise` says.
    ///   - isTrial: the profiles are tried on samples: no resident is looked up.
    public init(book: ProfileBook, household: Household, isChosen: Bool = false, isTrial: Bool = false) {
        self.isChosen = isChosen
        isAttributing = !isChosen && !isTrial
        self.book = book
        self.household = household
        var mark = Fingerprint(), identities: [String: BindingIndex] = [:], profiles: [Int] = []
        for (index, binding) in household.bindings.enumerated() {
            let id = IdentityTemplate.normalise(binding.device)
            if identities[id] == nil { identities[id] = BindingIndex(index) }
            profiles.append(book.index(of: binding.profile) ?? -1)
            mark.add(binding.device.text)
            mark.add(binding.profile)
            mark.add(household.homes.indices.contains(binding.home) ? household.homes[binding.home].id.text : "")
        }
        bindingByIdentity = identities
        var people: [String: [Int]] = [:]
        for (index, resident) in household.residents.enumerated() { for one in resident.identifiers { people[one, default: []].append(index) } }
        peopleByIdentifier = people
        shared = household.bindings.map(\.isShared)
        viaOfBinding = household.bindings.map { binding in binding.via.flatMap { identities[IdentityTemplate.normalise($0)] } ?? -1 }
        var inhabitants = [Int](repeating: 0, count: household.homes.count)
        for resident in household.residents where inhabitants.indices.contains(resident.home) { inhabitants[resident.home] += 1 }
        for (home, count) in household.homes.map(\.occupants).enumerated() { inhabitants[home] = max(inhabitants[home], count) }
        personal = household.bindings.map { binding in
            (binding.residents.count == 1 && !binding.isShared, inhabitants.indices.contains(binding.home) && inhabitants[binding.home] < 2)
        }
        profileOfBinding = profiles
        fingerprint = MessageMark.fold(mark.value ^ book.fingerprint, 0xA076_1D64_78BD_642F) ^ book.fingerprint
        index = ShapeIndex(book)
        identifying = ShapeIndex(book) { !$0.identifying.isEmpty }
        hasZigbee = book.profiles.contains { $0.isZigbee }
    }

    /// Reports bindings whose profile is unknown, and devices bound twice under two spellings.
    ///
    /// - Parameter place: where a device of the household was written; nil for adopted ones.
    public func check(place: (DeviceID) -> Place?, _ problems: inout Problems) {
        for (index, binding) in household.bindings.enumerated() {
            let at = place(binding.device) ?? Place(file: "adopted devices", line: 1, column: 1)
            if profileOfBinding[index] < 0 {
                problems.add("homes.unknown_profile", at: at, "the device \(binding.device) is bound to the profile \"\(binding.profile)\", which doesn't exist; known are \(book.names.joined(separator: ", "))")
            }
            let id = IdentityTemplate.normalise(binding.device)
            if bindingByIdentity[id] != BindingIndex(index) {
                problems.add("homes.device_bound_twice", at: at, "the device \(binding.device) is bound twice")
            }
            if binding.isShared, profileOfBinding[index] >= 0, !book.profiles[profileOfBinding[index]].namesPerson {
                problems.add("homes.shared_without_subject", at: at, "the device \(binding.device) is shared, but the messages of its profile \"\(binding.profile)\" don't name a person (key \"subject\"): its values would count for nobody")
            }
            let known = IdentityTemplate.Scheme.allCases.contains { id.hasPrefix($0.rawValue + ":") }
            if !known || IdentityTemplate.normalise(DeviceID(id)) != id {
                problems.add("homes.bad_device_id", at: at, "\"\(binding.device)\" is no device name: write \(IdentityTemplate.Scheme.allCases.map(\.rawValue).joined(separator: ":, ")): and its identifier")
            }
        }
    }

    /// The binding of a device by its normalised name.
    func binding(of identity: String) -> BindingIndex? { bindingByIdentity[identity] }

    func profile(of binding: BindingIndex) -> Int { profileOfBinding[Int(binding)] }

    func isShared(_ binding: BindingIndex) -> Bool { shared[Int(binding)] }

    /// Whether one resident alone uses it, and whether nobody else could: then its course says something about that body.
    func use(of binding: BindingIndex) -> (isPersonal: Bool, isAlone: Bool) { personal[Int(binding)] }

    /// The bridge that homes.yaml names.
    func via(_ binding: BindingIndex) -> BindingIndex? {
        let via = viaOfBinding[Int(binding)]
        return via < 0 ? nil : via
    }

    /// The one resident whom the device may be about and who has this identifier; nil where nobody has it, or several have.
    func person(named identifier: String, on binding: BindingIndex) -> Int32? {
        guard let people = peopleByIdentifier[identifier] else { return nil }
        let bound = household.bindings[Int(binding)]
        let meant = people.filter { person in
            bound.isShared || (bound.residents.isEmpty ? household.residents[person].home == bound.home : bound.residents.contains(person))
        }
        return meant.count == 1 ? Int32(meant[0]) : nil
    }

    /// Every shape whose pattern takes `topic`, in the order of profiles and of their messages, with what its places hold.
    func fits(_ topic: String) -> [Route.Fit] {
        fits(topic, among: index)
    }

    private func fits(_ topic: String, among index: ShapeIndex) -> [Route.Fit] {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        var found: [Route.Fit] = []
        for place in index.places(levels) {
            let compiled = book.shapes[place.profile][place.shape]
            guard let captures = compiled.pattern.match(levels), !compiled.exceptions.contains(where: { $0.match(levels) != nil }) else { continue }
            found.append(Route.Fit(compiled: compiled, captures: captures))
        }
        return found
    }

    /// Where in the payload fields stand that name a person, so that they can be replaced before anything is stored.
    ///
    /// Each range holds the inside of a JSON string, or a number. A payload that can't be read on a topic whose
    /// messages hold such fields is identifying as a whole.
    public func identifyingRanges(in message: Message) -> [Range<Int>] {
        // Every message passes here, and nearly none is on such a topic.
        guard identifying.mayTake(message.topic), !message.payload.isEmpty else { return [] }
        let fits = fits(message.topic, among: identifying)
        guard !fits.isEmpty else { return [] }
        var view = MessageView()
        do throws(DocumentFailure) {
            try JSONReader.read(message.payload, into: &view.tree, limits: .message)
        } catch { return [0..<message.payload.count] }
        var ranges: [Range<Int>] = []
        for fit in fits {
            view.captures = fit.captures
            let scopes = MessageView.document + fit.compiled.sections.filter { $0.each != nil }.flatMap { view.scopes(of: $0.each) }
            for scope in scopes {
                (view.outer, view.item) = (scope.dropLast(), scope.last ?? 0)
                for path in fit.compiled.identifying {
                    guard let node = view.node(path) else { continue }
                    let n = view.tree.nodes[node]
                    let range = Int(n.sourceStart)..<Int(n.sourceStart) + Int(n.sourceCount)
                    if !range.isEmpty, !ranges.contains(range) { ranges.append(range) }
                }
            }
        }
        return ranges.sorted { $0.lowerBound < $1.lowerBound }
    }
}

/// What a topic means under one registry: found once, then looked up and shared. No state: forgetting it changes nothing but time.
final class Route: Sendable {
    struct Fit: Sendable {
        var compiled: CompiledShape
        var captures: [String]
    }

    /// The shapes that may apply: of the binding's profile alone where the topic names a bound device.
    let fits: [Fit]
    /// Set when the topic alone says which bound device it is.
    let binding: BindingIndex?
    let device: DeviceID?
    /// Index of the device's memory.
    let slot: Int
    /// A topic of zigbee2mqtt itself.
    let isBridge: Bool
    /// Homie's attributes may come on it.
    let isHomie: Bool
    /// A bound device whose profile has nothing to say about this topic.
    let isForeign: Bool

    init(fits: [Fit], binding: BindingIndex? = nil, device: DeviceID? = nil, slot: Int = -1, isBridge: Bool = false, isForeign: Bool = false) {
        (self.fits, self.binding, self.device) = (fits, binding, device)
        (self.slot, self.isBridge, self.isForeign) = (slot, isBridge, isForeign)
        isHomie = fits.contains { $0.compiled.isHomie }
    }
}
