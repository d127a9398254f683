import CareModel
import Decoding

extension KindGuess {
    static let positive: Set<String> = [
        "true", "1", "on", "yes", "open", "opened", "detected", "alarm", "alert", "occupied", "motion", "present", "presence", "active", "wet", "worn", "online", "connected", "triggered", "pressed", "ready", "charging", "inbed", "onbed", "lying", "是", "有", "有人", "报警", "在线", "开", "在床",
    ]
    static let negative: Set<String> = [
        "false", "0", "off", "no", "closed", "close", "clear", "cleared", "normal", "vacant", "unoccupied", "none", "inactive", "dry", "offline", "disconnected", "released", "idle", "lost", "ok", "absent", "outofbed", "empty", "notworn", "unworn", "nomotion", "否", "无", "无人", "正常", "离线", "关", "离床",
    ]

    static func polarity(_ word: String) -> Bool? {
        let normal = KeyWords.normal(word)
        return positive.contains(normal) ? true : negative.contains(normal) ? false : nil
    }

    /// A state of two sides: never sure, because the same key means the opposite on another model.
    static func flag(_ kind: Kind, _ field: SurveyedField, _ rank: Int) -> KindGuess? {
        let words = field.words
        guard words.count <= 6, !field.isNumeric || words.allSatisfy({ ["0", "1", "2"].contains($0.text) }) else { return nil }
        guard words.contains(where: { polarity($0.text) != nil }) else { return nil }
        let isInverted = kind == .opening && field.keys.last.map { KeyWords.normal($0) == "contact" } ?? false
        var map: [String] = [], unknown: [String] = []
        for word in words {
            if let side = polarity(word.text) { map.append("\(Written.yaml(word.text)): \(side != isInverted)") } else {
                map.append("\(Written.yaml(word.text)): ignore")
                unknown.append(word.text)
            }
        }
        // The other side of a pair that everybody writes so.
        if let only = words.first?.text, words.count == 1, let other = pair(only), let side = polarity(other) { map.append("\(Written.yaml(other)): \(side != isInverted)") }
        var options: [String] = kind.isSafety ? ["meaning: level"] : []
        if !field.isFlag || isInverted || kind.isSafety { options.append("map: {" + map.joined(separator: ", ") + "}") }
        var why = isInverted ? "with most makers contact is true when closed; check which way round" : "check which way round it is meant, by making it happen"
        if !unknown.isEmpty { why += "; say what \(unknown.map(Written.shown).joined(separator: ", ")) mean" }
        let isSure = kind == .online && unknown.isEmpty && !field.isFlag && !field.isNumeric
        return KindGuess(kind: kind, options: options, isSure: isSure, why: isSure ? "the word says it" : why)
    }

    private static func pair(_ word: String) -> String? {
        let pairs = [("true", "false"), ("on", "off"), ("ON", "OFF"), ("On", "Off"), ("1", "0"), ("online", "offline"), ("Online", "Offline"), ("open", "closed"), ("connected", "disconnected")]
        return pairs.lazy.compactMap { $0.0 == word ? $0.1 : $0.1 == word ? $0.0 : nil }.first
    }

    /// A kind that holds words: each seen word is given one, or `ignore`.
    static func code(_ kind: Kind, _ field: SurveyedField, _ rank: Int) -> KindGuess? {
        let words = field.words
        guard words.count <= SurveyedField.wordsMax - 1, !field.isNumeric || words.allSatisfy({ ($0.text.utf8.count <= 2) }) else { return nil }
        guard words.contains(where: { !$0.text.isEmpty }), let table = table(kind, words.map(\.text), isNamed: true) else { return nil }
        return KindGuess(kind: kind, options: meaning(kind, table) + ["map: {" + entries(table) + "}"], why: remark(kind, table))
    }

    /// Kinds that the words of a field speak of, whatever its key is.
    static func words(_ field: SurveyedField) -> [KindGuess] {
        let seen = field.words.map(\.text)
        guard !seen.isEmpty, seen.count < SurveyedField.wordsMax else { return [] }
        var found: [KindGuess] = []
        for kind in [Kind.fall, .sos, .callButton, .geofence] {
            guard let table = table(kind, seen, isNamed: false) else { continue }
            found.append(KindGuess(kind: kind, options: meaning(kind, table) + ["map: {" + entries(table) + "}"], why: remark(kind, table)))
        }
        for (kind, words) in [(Kind.smoke, ["smoke", "fire", "烟雾"]), (.waterLeak, ["leak", "flood", "漏水"]), (.gas, ["gas", "燃气"]), (.motion, ["motion"]), (.presence, ["occupied", "presence"]), (.bedOccupancy, ["inbed", "onbed", "outofbed", "在床"]), (.online, ["online", "offline"])] {
            let hits = seen.filter { word in words.contains { KeyWords.normal(word).holds($0) } }
            guard !hits.isEmpty else { continue }
            if kind == .online, hits.count == seen.count, let guess = flag(kind, field, 1) {
                found.append(guess)
                continue
            }
            let map = seen.map { word -> String in
                guard hits.contains(word) else { return "\(Written.yaml(word)): \(polarity(word) == false ? "false" : "ignore")" }
                let normal = KeyWords.normal(word)
                let isOff = ["no", "un", "not", "outof"].contains { normal.hasPrefix($0) } || ["clear", "cleared", "normal", "end", "ended", "off", "restored"].contains { normal.hasSuffix($0) } || normal == "offline"
                return "\(Written.yaml(word)): \(!isOff)"
            }
            found.append(KindGuess(kind: kind, options: (kind.isSafety ? ["meaning: level"] : []) + ["map: {" + map.joined(separator: ", ") + "}"], why: "a word of it says so; check every word"))
        }
        return found
    }

    private static func entries(_ table: [(word: String, code: String)]) -> String { table.map { "\(Written.yaml($0.word)): \($0.code)" }.joined(separator: ", ") }

    private static func meaning(_ kind: Kind, _ table: [(word: String, code: String)]) -> [String] {
        guard kind.isSafety else { return [] }
        return ["meaning: " + (table.contains { $0.code == "cleared" } ? "latched" : "momentary")]
    }

    private static func remark(_ kind: Kind, _ table: [(word: String, code: String)]) -> String {
        let ignored = table.count { $0.code == "ignore" }
        var why = kind.isSafety ? "make it happen and check every word; the device may know others that nobody has made it send yet" : "check every word"
        if ignored > 0 { why += "; \(ignored) words are passed over" }
        return why
    }

    /// - Parameter isNamed: the key says the kind, so that yes and no need say no more.
    private static func table(_ kind: Kind, _ seen: [String], isNamed: Bool) -> [(word: String, code: String)]? {
        var hits = 0, table: [(word: String, code: String)] = []
        for word in seen where !word.isEmpty {
            if let code = code(kind, word, isNamed) {
                table.append((word, code))
                hits += 1
            } else { table.append((word, "ignore")) }
        }
        // The other side of yes and no, which the capture may not hold.
        if isNamed, table.count == 1, let only = table.first, let other = pair(only.word), let side = polarity(other) {
            if side, let code = code(kind, other, true) { table.append((other, code)) } else if !side { table.append((other, "ignore")) }
            if side { hits += 1 }
        }
        return hits > 0 && table.contains { $0.code != "ignore" && (isNamed || $0.code != "cleared") } ? table : nil
    }

    private static func code(_ kind: Kind, _ word: String, _ isNamed: Bool) -> String? {
        let normal = KeyWords.normal(word), side = isNamed ? polarity(word) : nil
        func says(_ words: String...) -> Bool { words.contains { normal.holds($0) } }
        let isOver = says("clear", "cancel", "exit", "finish", "normal", "recover", "解除") || normal.hasPrefix("no")
        switch kind {
        case .fall:
            guard isNamed || says("fall", "跌倒", "摔倒", "queda", "caida", "sturz") else { return nil }
            if isOver || side == false { return "cleared" }
            return says("confirm") ? "confirmed" : says("warn", "prefall") ? "warning" : side == true || says("fall", "alarm", "detect", "suspect", "跌倒", "摔倒", "queda", "caida", "sturz") ? "suspected" : nil
        case .sos:
            guard isNamed || says("sos", "help", "panic", "emergency", "求助", "求救", "紧急") else { return nil }
            if isOver || side == false { return "cleared" }
            return says("long") ? "long" : side == true || says("sos", "help", "panic", "emergency", "press", "alarm", "求助", "求救", "紧急") ? "pressed" : nil
        case .callButton:
            if says("release", "up") { return nil }
            if says("double") || isNamed && normal == "2" { return "double" }
            if says("triple") || isNamed && normal == "3" { return "triple" }
            if says("single") { return "single" }
            if says("short") { return "short" }
            if says("long") { return "long" }
            if normal == "hold" { return "hold" }
            return isNamed && (side == true || says("press", "click")) ? "pressed" : nil
        case .geofence:
            guard isNamed || says("fence", "zone", "region") else { return nil }
            return says("enter", "arrive") ? "enter" : says("leave", "exit", "left") ? "leave" : nil
        case .wandering:
            return isNamed ? (side == false || isOver ? "cleared" : side == true ? "suspected" : nil) : nil
        default:
            let slug = String(String.UnicodeScalarView(word.lowercased().unicodeScalars.map { ($0.value >= 97 && $0.value <= 122) || ($0.value >= 48 && $0.value <= 57) ? $0 : "_" })).prefix(32)
            return isNamed && slug.contains { $0 != "_" } && polarity(word) == nil ? String(slug) : nil
        }
    }
}
