import CareModel

/// Notes what every rule said last about whom, so that an explanation can tell why a rule stayed silent.
///
/// Bounded by the rules × what they watch. It is set on `Detection.recorder` for an explanation only: it costs some
/// hundred nanoseconds a judgement.
public struct VerdictRecorder: Sendable {
    /// What one rule said last in one place.
    public struct Entry: Hashable, Sendable {
        public var rule: String
        /// What the rule judges there; nil where it is a device or a home as a whole.
        public var kind: Kind?
        public var subject: Subject
        public var at: Instant
        public var wall: WallTime
        /// The value that was judged; nil when time passed, or for a sign of life.
        public var value: ReadingValue?
        public var quality: Quality
        public var verdict: Verdict
        /// How often it was asked since the recorder was set.
        public var asked: Int
        /// The newest verdict that spoke, and when; nil = it stayed silent all the time.
        public var spoke: Verdict?
        public var spokeAt: Instant?

        /// Why, in one language: what the rule's form says about its verdict.
        public var why: String { why(.zhCN) + " / " + why(.en) }
        public func why(_ language: Language) -> String { Phrases.sentence(verdict, language) }
    }

    private var entries: [String: Entry] = [:]

    public init() {}

    /// By rule, subject and kind.
    public var all: [Entry] { entries.sorted { $0.key < $1.key }.map(\.value) }

    /// What rules said about a resident, or about the home in which that person lives.
    public func about(_ resident: ResidentID, home: HomeID) -> [Entry] {
        all.filter { $0.subject.residents.contains(resident) || ($0.subject.residents.isEmpty && $0.subject.home == home) }
    }

    mutating func note(_ verdict: Verdict, rule: String, kind: Kind?, subject: Subject, _ e: Evidence) {
        // "It does not concern this rule" would bury what the rule said about what does.
        if verdict == .quiet(.notConcerned) { return }
        let key = rule + "|" + subject.key + "|" + (kind?.name ?? "")
        var entry = entries[key] ?? Entry(
            rule: rule, kind: kind, subject: subject, at: e.at, wall: e.clock.wall(e.at), value: nil, quality: [], verdict: verdict, asked: 0, spoke: nil, spokeAt: nil)
        (entry.at, entry.wall, entry.verdict, entry.quality) = (e.at, e.clock.wall(e.at), verdict, e.quality)
        entry.value = e.occasion == .reading ? e.value : nil
        entry.asked += 1
        if case .quiet = verdict {} else { (entry.spoke, entry.spokeAt) = (verdict, e.at) }
        entries[key] = entry
    }
}

extension Detection {
    mutating func record(_ verdict: Verdict, _ seat: Int, _ template: Int, _ e: Evidence, _ book: RuleBook) {
        let spot = book.shapes[Int(book.seats[seat].shape)].templates[template]
        recorder?.note(verdict, rule: book.rules[spot.rule].name, kind: spot.kind, subject: book.subjects[seat], e)
    }
}
