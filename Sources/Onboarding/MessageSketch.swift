import CareModel
import Decoding

/// One sort of message of an unknown model: the captured messages that a profile would read alike.
struct MessageSketch: Sendable {
    var pattern: TopicSketch.Pattern
    var format: String
    var separator: UInt8 = 0x2C
    var trim = ""
    /// What tells it from the other sorts on the same topic: a field and its word, or the payload's length.
    var when: (path: String, word: String)?
    var length: Int?
    /// An uplink of a LoRaWAN network: what stands before the paths.
    var isUplink = false
    /// The messages, and the documents in them.
    var messages: [CapturedMessage] = []
    var documents: [Value] = []

    /// The fields of all documents.
    var survey: FieldSurvey {
        var survey = FieldSurvey()
        for document in documents { survey.add(document) }
        survey.splitByName()
        return survey
    }

    /// Fields whose word says what sort of message it is.
    private static let discriminators = ["type", "event", "evt", "msgtype", "messagetype", "cmd", "command", "method", "kind", "action", "attribute", "category", "op", "topic", "function", "code"]

    /// The sorts by the word of one field, where each word brings other fields with it; else the sketch alone.
    func split() -> [MessageSketch] {
        if ["bytes", "hex", "base64"].contains(format) { return isUplink || TableGuess(documents.map { $0.bytes ?? [] }) != nil ? [self] : splitByLength() }
        guard documents.count > 1, documents.allSatisfy({ $0.members != nil }) else { return [self] }
        for name in MessageSketch.discriminators {
            guard let key = documents[0].members?.first(where: { KeyWords.normal($0.key) == name || "_" + name == $0.key })?.key, let segment = FieldSurvey.segment(key) else { continue }
            let words = documents.map { $0[key]?.text }
            guard !words.contains(nil) else { continue }
            var found: [(word: String, keys: Set<String>, sketch: MessageSketch)] = []
            for (i, word) in words.enumerated() {
                guard let word, !word.isEmpty else { continue }
                let keys = Set(FieldSurvey.leaves(documents[i]).map(\.path))
                if let j = found.firstIndex(where: { $0.word == word }) {
                    found[j].keys.formUnion(keys)
                    found[j].sketch.messages.append(messages[i])
                    found[j].sketch.documents.append(documents[i])
                } else {
                    var sketch = self
                    (sketch.when, sketch.messages, sketch.documents) = ((segment, word), [messages[i]], [documents[i]])
                    found.append((word, keys, sketch))
                }
            }
            guard (2...12).contains(found.count), found.allSatisfy({ one in found.allSatisfy { $0.word == one.word || $0.keys != one.keys } }) else { continue }
            return found.map(\.sketch)
        }
        return [self]
    }

    private func splitByLength() -> [MessageSketch] {
        var found: [MessageSketch] = []
        for (message, document) in zip(messages, documents) {
            let count = format == "bytes" ? message.payload.count : document.bytes?.count ?? 0
            if let i = found.firstIndex(where: { $0.length == count }) {
                found[i].messages.append(message)
                found[i].documents.append(document)
            } else {
                var sketch = self
                (sketch.length, sketch.messages, sketch.documents) = (count, [message], [document])
                found.append(sketch)
            }
        }
        return found.sorted { ($0.length ?? 0) < ($1.length ?? 0) }
    }

    /// A few messages that show every word and both ends of every number, in the order of the capture.
    func examples(max: Int) -> [CapturedMessage] {
        var counts: [String: Int] = [:]
        let leaves = documents.map { FieldSurvey.leaves($0) }
        var words: [String: Set<String>] = [:], least: [String: DecimalNumber] = [:], most: [String: DecimalNumber] = [:]
        for leaf in leaves.joined() {
            counts[leaf.path, default: 0] += 1
            if let number = leaf.value.quantity {
                if least[leaf.path].map({ number.isLess(than: $0) }) ?? true { least[leaf.path] = number }
                if most[leaf.path].map({ $0.isLess(than: number) }) ?? true { most[leaf.path] = number }
            }
            if let word = leaf.value.word, words[leaf.path, default: []].count <= 8 { words[leaf.path, default: []].insert(word) }
        }
        var shown: Set<String> = [], chosen: [CapturedMessage] = []
        for (message, own) in zip(messages, leaves) {
            var facts: Set<String> = ["first"]
            for leaf in own {
                facts.insert(leaf.path)
                if let word = leaf.value.word, (words[leaf.path]?.count ?? 9) <= 8 { facts.insert(leaf.path + "=" + word) }
                if let number = leaf.value.quantity {
                    if number == least[leaf.path] { facts.insert(leaf.path + "<") }
                    if number == most[leaf.path] { facts.insert(leaf.path + ">") }
                }
            }
            if !facts.isSubset(of: shown), chosen.count < max {
                shown.formUnion(facts)
                chosen.append(message)
            }
        }
        return chosen
    }
}

extension FieldSurvey {
    /// Every single value of one document with its path.
    static func leaves(_ document: Value) -> [(path: String, value: Value)] {
        var survey = FieldSurvey()
        survey.add(document)
        return survey.scopes.flatMap { scope in scope.fields.flatMap { field in field.values.map { ((scope.each.map { $0 + "[]." } ?? "") + field.path, $0) } } }
    }
}
