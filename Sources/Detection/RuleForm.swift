import CareModel

/// One way to infer a finding: a pure function from evidence and a small memory to a verdict.
///
/// A new form is one file and one line in `RuleForms.all`; the book, the engine, the checkpoint and the
/// one-minute proof know forms through this protocol only.
protocol RuleForm: SendableMetatype {
    /// A rule's numbers, checked.
    associatedtype Parameters: Sendable
    /// What is remembered for one device and kind, one device, one home, … Plain bits, so that all memories
    /// of a hub lie in one block.
    associatedtype Memory: Sendable & BitwiseCopyable

    /// The word after `form:` in config/rules.
    static var name: String { get }
    /// What one instance of a rule of this form watches.
    static var reach: Reach { get }
    static var watches: Watches { get }
    /// The placeholders that a rule's text may use beside `{room}`, `{what}` and `{device}`.
    static var placeholders: [String] { get }
    /// Kinds that an instance of reach `.device` is shown beside signs of life.
    static var ownKinds: [Kind] { get }
    /// Whether its numbers depend on the room of the device.
    static var isRoomed: Bool { get }

    /// Reads and checks the form's own keys of a rule, or of a rule with a resident's override merged in.
    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters?
    /// Fits the numbers to a place, or says why the rule is off there.
    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters>
    /// Words beyond the fixed ones under which `texts:` may give a text of its own.
    static func words(_ p: Parameters) -> [String]
    /// The highest priority that the rule can give.
    static func priorityMax(_ p: Parameters, _ base: Priority) -> Priority

    static func start(_ p: Parameters) -> Memory
    static func judge(_ evidence: Evidence, _ p: Parameters, _ memory: inout Memory) -> Verdict
    /// When the rule wants to be asked again though nothing comes; nil = not by itself.
    static func due(_ evidence: Evidence, _ p: Parameters, _ memory: Memory) -> Instant?
    /// The priority of the condition that is open; nil when none is.
    static func open(_ p: Parameters, _ memory: Memory) -> (Ground, Priority)?

    /// Seconds from the condition in the world to the finding, without transport: a device that reports each
    /// `interval` seconds, or, at 0, on occurrence or on demand.
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int
    /// The part of it that is the condition itself: how long a stay, a silence or a level must last before it is wrong. The
    /// rule speaks when it ends; all else that it adds (readings in a row, a hold) delays it.
    static func windowSeconds(_ p: Parameters) -> Int
    /// Whether it tells that something is missing that a person who is away can't do.
    static func isAbsence(_ p: Parameters) -> Bool
    /// How the rule's worst case is to be read.
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise
    /// How long it learns what is usual before it compares with it; nil = it learns nothing of the sort.
    static func learnSeconds(_ p: Parameters) -> Int?
    /// Why it spoke, or why it did not, for an explanation.
    static func sentence(_ verdict: Verdict, _ language: Language) -> String

    /// What stands in the place of one of the form's own placeholders, when its memory knows it.
    static func fill(_ placeholder: String, _ language: Language, _ p: Parameters, _ memory: Memory) -> String?

    static func write(_ memory: Memory, to w: inout ByteWriter)
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory
}

extension RuleForm {
    static var placeholders: [String] { [] }
    static var ownKinds: [Kind] { [] }
    static var isRoomed: Bool { false }
    static func isAbsence(_ p: Parameters) -> Bool { false }
    static func windowSeconds(_ p: Parameters) -> Int { 0 }
    static func learnSeconds(_ p: Parameters) -> Int? { nil }
    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> { .on(p) }
    static func words(_ p: Parameters) -> [String] { [] }
    static func priorityMax(_ p: Parameters, _ base: Priority) -> Priority { base }
    static func due(_ evidence: Evidence, _ p: Parameters, _ memory: Memory) -> Instant? { nil }
    static func fill(_ placeholder: String, _ language: Language, _ p: Parameters, _ memory: Memory) -> String? { nil }
    static func sentence(_ verdict: Verdict, _ language: Language) -> String { Phrases.sentence(verdict, language) }
}

/// What one instance of a rule watches; each has a memory of its own.
enum Reach: UInt8, Hashable, Sendable {
    /// One device and one kind.
    case kind
    /// One device, whatever it sends.
    case device
    /// One home, the rule's kinds from all its devices.
    case home
    /// One resident: the rule's kinds from all devices that serve that person alone, and from those of the home
    /// where nobody else lives.
    case resident
    /// All devices of one profile.
    case profile
    /// One of the hub's links to the broker.
    case link
}

struct Watches: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    /// Signs of life of its device, while a condition is open.
    static let hearing = Watches(rawValue: 1)
    static let rejections = Watches(rawValue: 2)
    static let links = Watches(rawValue: 4)
    /// It asks to be called again after a time.
    static let deadlines = Watches(rawValue: 8)
    /// Devices that nobody registered.
    static let unregistered = Watches(rawValue: 16)
    /// A reading that says nothing new may still bring its deadline forward.
    static let sooner = Watches(rawValue: 32)
    /// Readings of persons whom the device names and nobody knows.
    static let strangers = Watches(rawValue: 64)
    /// Readings that carry one of `Doubt.marks`.
    static let doubts = Watches(rawValue: 128)
}

/// A rule's numbers in a place, or why it is off there. An off rule is shown, never silently absent.
enum Fit<Parameters: Sendable>: Sendable {
    case on(Parameters)
    case off(OffReason)
}

/// Where an instance stands, for `RuleForm.fit`.
struct RulePlace: Sendable {
    /// Of the device's profile; nil for a home or the hub, and for a profile that nobody knows.
    var traits: ProfileTraits?
    var kind: Kind?
    var home: Home?
    /// How many residents of the home are registered.
    var residents = 0
    /// Of a link's seat.
    var link: Link?
    /// Of the device; empty for a home, a resident or the hub.
    var room = ""
    /// Whether any device of the home gives one of the rule's kinds.
    var hasSensor = false
}

/// What a form must know of its rule's common keys.
struct RuleFrame: Sendable {
    var kinds: [Kind]
    var priority: Priority
    var category: Category
    var isOverride = false
}
