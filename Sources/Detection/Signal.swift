import CareModel

/// What of a kind counts for a rule: a state, some words, a number beyond a limit, in some rooms. Written as
/// `{kinds: […], state: true, words: […], above: …, below: …, rooms: […]}`.
struct Signal: Hashable, Sendable {
    var kinds: [Kind]
    /// The state of a flag; nil = any.
    var state: Bool?
    /// Fingerprints of words; empty = any.
    var words: [UInt64]
    var above: Int64?
    var below: Int64?
    /// Fingerprints of rooms; empty = any.
    var rooms: [UInt64]

    static let wordsMax = 16
    static let roomsMax = 32

    /// - Parameter kinds: those of the rule, where the signal may not name its own; nil = it must.
    init?(_ node: ConfigurationNode, kinds own: [Kind]?, _ problems: inout Problems) {
        var reader = MappingReader(node, "what counts: kinds, state, words, above, below, rooms", &problems)
        self.init(&reader, kinds: own, at: node.place, &problems)
        reader.finish(&problems)
    }

    init?(_ reader: inout MappingReader, kinds own: [Kind]?, at place: Place, _ problems: inout Problems) {
        var kinds = own ?? []
        if own == nil {
            for text in reader.strings("kinds", &problems) {
                if let kind = Kind(name: text) { kinds.append(kind) } else {
                    problems.add("rules.unknown_kind", at: place, "there is no kind \"\(text)\"; docs/kinds.md lists them")
                }
            }
            if kinds.isEmpty { problems.add("config.missing_key", at: place, "the key \"kinds\" is missing") }
        }
        self.kinds = kinds
        state = reader.optional("state").flatMap { $0.bool("state", &problems) }
        let decimals = kinds.first?.entry.decimals ?? 0
        above = reader.decimal("above", decimals: decimals, &problems)
        below = reader.decimal("below", decimals: decimals, &problems)
        let words = reader.strings("words", &problems), rooms = reader.strings("rooms", &problems)
        if words.count > Signal.wordsMax { problems.add("rules.too_many_codes", at: place, "at most \(Signal.wordsMax) words; these are \(words.count)") }
        if rooms.count > Signal.roomsMax { problems.add("rules.too_many_rooms", at: place, "at most \(Signal.roomsMax) rooms; these are \(rooms.count)") }
        (self.words, self.rooms) = (words.map { UInt64.fingerprint($0) }, rooms.map { UInt64.fingerprint($0) })
    }

    enum Match: Hashable, Sendable {
        /// It is what counts.
        case yes
        /// It is of these kinds and rooms, but the opposite: the state is over.
        case no
        case otherRoom
        case otherKind
    }

    /// Holds the value of a reading against it; quality is the rule's business.
    func match(_ e: Evidence) -> Match {
        guard kinds.contains(e.kind) else { return .otherKind }
        if !rooms.isEmpty, !rooms.contains(e.room) { return .otherRoom }
        switch e.value {
        case .flag(let isOn): return isOn == (state ?? true) ? .yes : .no
        case .code(let text):
            if words.isEmpty { return (state ?? true) ? .yes : .no }
            return words.contains(UInt64.fingerprint(text)) == (state ?? true) ? .yes : .no
        case .number(let scaled):
            if let above, scaled <= above { return .no }
            if let below, scaled >= below { return .no }
            return above == nil && below == nil && scaled == 0 ? .no : .yes
        case .waveform: return .yes
        }
    }
}

extension Evidence {
    /// Readings that say nothing about now: retained, late, tests, impossible.
    var isBeside: Bool { isAgeUnknown || !quality.isDisjoint(with: [.late, .outOfOrder, .test, .sentinel, .implausible, .frozen]) }

    var beside: Quiet { quality.contains(.late) ? .late : quality.contains(.outOfOrder) ? .outOfOrder : quality.contains(.test) ? .test : .unjudgeable }
}
