import CareModel

/// All rules, checked, fitted to every device and home, and laid out for look-up by position.
///
/// A *seat* is what rules watch: first one for each binding (same order as `Household.bindings`), then one for each
/// home, each resident, each profile and each link. Seats of one profile share a *shape*: the list of *templates* (rule × kind)
/// that watch it and the table of which templates a reading of a kind concerns. A template's *variant* at a seat is the
/// rule's form with the numbers that hold there; variants are shared by all seats with the same numbers. Seats whose
/// variants are all the same share a *row* of *cells*: variant, and where memory and deadline are, counted from the seat's own.
/// So a reading costs two array look-ups before its rules are judged, and rules that are off at a seat take no memory there.
public struct RuleBook: Sendable {
    /// Rules that one hub may have.
    public static let rulesMax = 1_000

    var rules: [RuleSpec] = []
    var sets: [RuleSet] = []
    var shapes: [Shape] = []
    var seats: [Seat] = []
    /// Of each seat.
    var subjects: [Subject] = []
    var identities: [SeatIdentity] = []
    /// Positions of seats in the order of their identities: the checkpoint's.
    var order: [Int32] = []
    /// The seat of each binding's home.
    var homeSeats: [Int32] = []
    /// Where the residents' seats begin.
    var firstPerson = 0
    /// The seats of persons whom a device tells apart, by binding and resident.
    var personalSeats: [PersonalKey: Int] = [:]
    /// Of each binding: whether its profile can give a safety kind.
    var isSafetyDevice: [Bool] = []
    /// Of each binding: the bridge behind which it stands whatever it says; -1 = its messages tell.
    var fixedParents: [Int32] = []
    /// States that devices never end, in the order of their bindings; their deadlines follow those of the instances.
    var clearings: [Clearing] = []
    /// Where each binding's clearings begin; one more than there are bindings.
    var clearingStarts: [Int] = []
    var deviceSeats: [DeviceID: Int] = [:]
    var profileSeats: [String: Int] = [:]
    var linkSeats: [Int] = []
    /// How long nothing is heard of anybody until that can't be chance: what its rule says.
    var commonSilence = Detection.commonSilenceSpan
    /// The shape of a device that nobody registered, its row, and how much memory one takes.
    var strangerShape = 0
    var strangerRow = 0
    var strangerWords = 0
    /// `shape × (kinds + 1)`: where in `calls` the templates of a kind begin.
    var callStarts: [UInt32] = []
    var calls: [UInt16] = []
    /// All rows, one after the other.
    var cells: [Cell] = []
    var bound: [BoundRule] = []
    /// Of each variant: `RuleSpec.mayFlap`, or what a resident's limits say instead.
    var mayFlap: [Bool] = []
    /// `bound[i].judge`, apart so that the hot path touches one closure only.
    var judges: [@Sendable (Evidence, UnsafeMutableRawPointer) -> Verdict] = []
    /// Of each variant: whether it rests while the resident is away.
    var isAbsence: [Bool] = []
    /// Whose each deadline is, by its key: in the order of seats and templates.
    var timed: [(seat: Int32, template: Int32)] = []
    var memoryWords = 0
    /// Whether two books say the same: rules, household and profiles.
    var fingerprint: UInt64 = 0
    /// Kept for the one-minute table, which is made only when somebody asks.
    private var layout: RuleLayout?

    static let kindCount = Kind.allCases.count
    static let isSafetyKind = Kind.allCases.map(\.isSafety)
    static let isBehaviourKind = Kind.allCases.map { $0.name.hasPrefix("behaviour.") }

    /// A book without rules.
    public init() {
        var none = Problems()
        self.init([], household: Household(), traits: [], &none)
    }

    /// Reads, checks and compiles all rule files.
    ///
    /// - Parameters:
    ///   - files: one mapping `rules: […]` or `sets: […]` a file, in the order of their names.
    ///   - household: its rule sets and its residents' `limits` change the numbers of their rules.
    ///   - traits: of every profile that a binding may name.
    ///   - problems: gets everything that is wrong, each with its place; the book is usable only when it stays empty.
    public init(_ files: [ConfigurationNode], household: Household, traits: [ProfileTraits], _ problems: inout Problems) {
        for file in files { read(file, &problems) }
        if rules.count > RuleBook.rulesMax, let place = files.first?.place {
            problems.add("rules.too_many", at: place, "a hub may have at most \(RuleBook.rulesMax) rules; these are \(rules.count)")
        }
        let (residents, homes) = overrides(household, &problems)
        var layout = RuleLayout(rules: rules, household: household, traits: traits, overrides: residents, homeOverrides: homes)
        layout.build(&self)
        order = identities.indices.sorted { identities[$0] < identities[$1] }.map { Int32($0) }
        self.layout = layout
        fingerprint = RuleBook.fingerprint(files, household, traits)
    }

    /// How many forms with their numbers it holds: seats with the same numbers share one.
    public var variantCount: Int { bound.count }

    /// Keys of deadlines: those of rules, those of states that devices never end, and that of the modes.
    var clearingKey: Int { timed.count }
    var modesKey: Int { timed.count + clearings.count }
    var keyCount: Int { modesKey + 1 }

    func cell(_ seat: Int, _ template: Int) -> Cell { cells[Int(seats[seat].row) + template] }

    /// The names of all rules, in file order, for metrics.
    public var ruleNames: [String] { rules.map(\.name) }

    /// Every resident × device × rule: how long it takes at worst, how that is made up, and where a rule is off.
    public func worstCases() -> [WorstCase] { layout?.worstCases(self) ?? [] }

    private mutating func read(_ file: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(file, "a rule file", &problems)
        let hasSets = file["sets"] != nil
        if !hasSets { _ = reader.required("rules", &problems) }
        let list = reader.list("rules", &problems)
        readSets(reader.list("sets", &problems), &problems)
        reader.finish(&problems)
        for node in list {
            RuleBook.reportUnknownKeys(of: node, &problems)
            guard let rule = RuleSpec(node, &problems) else { continue }
            if let first = rules.first(where: { $0.name == rule.name }) {
                problems.add("rules.duplicate_name", at: node.place, "the rule \"\(rule.name)\" stands at \(first.place) already")
            }
            rules.append(rule)
        }
    }

    /// Keys written twice; unknown ones are reported by the form, which gets everything that is not common.
    private static func reportUnknownKeys(of node: ConfigurationNode, _ problems: inout Problems) {
        guard case .mapping(let entries) = node.content else { return }
        for (i, entry) in entries.enumerated() where RuleSpec.commonKeys.contains(entry.key) {
            if entries[..<i].contains(where: { $0.key == entry.key }) {
                problems.add("config.duplicate_key", at: entry.keyPlace, "the key \"\(entry.key)\" stands twice")
            }
        }
    }

    private static func fingerprint(_ files: [ConfigurationNode], _ household: Household, _ traits: [ProfileTraits]) -> UInt64 {
        var hash = files.reduce(UInt64.fingerprint("vigil.rules")) { $1.fingerprint(from: $0) }
        func add(_ text: String) { hash = UInt64.fingerprint("\u{1}" + text, from: hash) }
        for home in household.homes {
            add("\(home.id) \(home.occupants) \(home.hasPets) \(home.zone.name) \(home.zone.initialOffsetSeconds) \(home.ruleSet?.name ?? "")")
            for change in home.zone.transitions { add("\(change.fromSeconds) \(change.offsetSeconds)") }
        }
        for resident in household.residents {
            add("\(resident.id) \(resident.home) \(resident.ruleSet?.name ?? "")" + (resident.identifiers.isEmpty ? "" : " identified"))
            for limit in resident.limits { add(limit.rule); hash = limit.parameters.fingerprint(from: hash) }
        }
        for binding in household.bindings {
            add("\(binding.device) \(binding.profile) \(binding.home) \(binding.residents) \(binding.room)")
            if binding.isShared { add("shared") }
            if let via = binding.via { add("via \(via)") }
        }
        for one in traits {
            add("\(one.profile) \(one.supervisionSeconds ?? -1) \(one.missedIntervalsMax)" + (one.isGateway ? " gateway" : "") + (one.namesPerson ? " names" : "") + (one.parent.map { " behind \($0)" } ?? ""))
            for output in one.outputs {
                add("\(output.kind.rawValue) \(output.meaning.rawValue) \(output.intervalSeconds ?? -1) \(output.transportDelaySecondsMax)" + (output.autoClearSeconds.map { " \($0)" } ?? ""))
            }
        }
        return hash
    }
}
