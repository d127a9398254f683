import CareModel

/// Nothing was heard of any home: a carrier, a bridge or the broker's network is down, whatever the links say.
///
/// Without it a dead carrier looks as if every resident had stopped moving at once. While it lasts the hub counts as
/// blind, so no absence is told; this is what is told instead, once.
enum CommonSilence: RuleForm {
    struct Parameters: Hashable, Sendable {
        /// How long nothing was heard of anybody.
        var silentSeconds: Int
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var isOpen = false
    }

    static let name = "common_silence"
    static let reach = Reach.link
    static let watches: Watches = [.deadlines, .hearing]
    static let placeholders = ["minutes"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a common silence", &problems)
        let silent = reader.int("silent_s", in: 1...86_400, default: Detection.commonSilenceSpan.wholeSeconds, &problems)
        reader.finish(&problems)
        return Parameters(silentSeconds: silent, priority: frame.priority)
    }

    /// It watches the hub as a whole: one link stands for it.
    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> { place.link == .safety ? .on(p) : .off(.otherDevices) }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .heard:
            guard m.isOpen else { return .quiet(.sameState) }
            m.isOpen = false
            return .clear(Ground(.silent), .returned)
        case .due:
            if m.isOpen { return .quiet(.alreadyTold) }
            guard let span = e.commonSilence else { return .quiet(.notYetDue) }
            m.isOpen = true
            return .raise(Ground(.silent, seconds: span.wholeSeconds, word: .carrier), p.priority)
        case .reading, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        if m.isOpen { return nil }
        // Where too few homes are heard to tell, as long again is soon enough to look.
        let span = Span.seconds(p.silentSeconds)
        return e.at + (e.anySilence < span ? span - e.anySilence : span)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.silent, word: .carrier), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.silentSeconds }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) { w.bool(m.isOpen) }
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory { Memory(isOpen: try r.bool()) }
}

extension Detection {
    /// So many homes that were heard in the hours before don't fall silent together by chance.
    public static let commonSilenceHomesMin = 8
    /// `silent_s` where the rule does not say it, and where there is no such rule.
    public static let commonSilenceSpan = Span.seconds(7_200)
    static let commonSilenceMemory = Span.seconds(6 * 3_600)

    /// Since when the hub hears nothing of anybody, where that can't be chance; nil = it hears, or has too few homes to tell.
    func commonSilence(_ at: Instant) -> Instant? {
        guard let last = lastMessageAt, at - last >= silenceSpan, !sight.isBlind, let book = mapped else { return nil }
        let since = sight.seen(last).microseconds - Detection.commonSilenceMemory.microseconds
        var homes: Set<Int32> = []
        for (binding, home) in book.homeSeats.enumerated() where states[binding].heard > since {
            homes.insert(home)
            if homes.count >= Detection.commonSilenceHomesMin { return last + silenceSpan }
        }
        return nil
    }

    mutating func endCommonSilence(_ at: Instant, _ book: RuleBook, _ findings: inout [Finding]) {
        if let from = commonSilence(at) {
            lastMessageAt = at
            sight.skip(at - from)
            for seat in book.linkSeats {
                for template in book.shapes[Int(book.seats[seat].shape)].hearing { judge(seat, template, evidence(.heard, at), nil, book, &findings) }
            }
            rearm(at, book, onlyMissing: true)
        }
        lastMessageAt = at
    }
}
