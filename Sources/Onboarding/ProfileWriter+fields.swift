import CareModel
import Decoding

extension ProfileWriter {
    /// The field of a scope that names the device, and the template of its identity.
    func deviceField(_ scope: SurveyedScope) -> (SurveyedField, String)? {
        var best: (rank: Int, field: SurveyedField, template: String)?
        for field in scope.fields {
            guard let key = field.keys.last, !field.path.contains("}"), !field.path.contains("|"), !field.path.hasPrefix("["), field.when == nil else { continue }
            let isKey = field.path == "@key" && scope.isKeyed
            guard let rank = isKey ? 0 : DeviceName.rank(key: key), field.values.count >= max(scope.itemCount, 1) || isKey else { continue }
            let texts = field.words.map(\.text)
            guard let first = texts.first, PersonalField(field)?.isSure != true else { continue }
            let isGeneric = rank >= DeviceName.keys.firstIndex(of: "did") ?? 0
            let names = texts.compactMap { DeviceName(text: $0, isKeyNamed: !isGeneric || field.changes == 0 && field.values.count > 1 || key != "id") }
            guard names.count == texts.count, let name = names.first else { continue }
            // A number that is another in each message counts them.
            if field.isNumeric, name.form == .serial, texts.count > max(1, field.values.count / 3) { continue }
            if isGeneric, texts.count > max(2, field.values.count / 2), DeviceName(text: first) == nil { continue }
            let place = field.path.hasPrefix("@") || scope.each != nil ? field.path : "$." + field.path
            let scheme = name.scheme(key: key)
            let vendor = sketch.name.split(separator: "-").first.map(String.init) ?? sketch.name
            let template = scheme == "topic" ? "topic:\(vendor)/{\(place)}" : "\(scheme):{\(place)}"
            if rank < best?.rank ?? Int.max { best = (rank, field, template) }
        }
        return best.map { ($0.field, $0.template) }
    }

    /// Which device a message is of.
    mutating func identity(_ message: MessageSketch, _ survey: FieldSurvey) {
        if message.isUplink {
            for one in message.messages { for level in TopicSketch.levels(one.topic) where DeviceName(text: level) != nil { mask.device(level) } }
            return
        }
        for one in message.messages {
            let levels = TopicSketch.levels(one.topic)
            nameless(levels, message.pattern.captured)
            for i in message.pattern.captured where levels.indices.contains(i) && DeviceName(text: levels[i]) != nil { mask.device(levels[i]) }
            if message.pattern.captured == [-1] { for level in levels.dropFirst() where DeviceName(text: level) != nil { mask.device(level) } }
        }
        let found = deviceField(survey.scopes[0])
        if let (field, _) = found { for word in field.words { mask.device(word.text) } }
        if message.pattern.text.hasPrefix("spBv1.0/") {
            return put(4, "device: \"topic:sparkplug/{group}/{node}\(message.pattern.deviceName == "device" ? "/{device}" : "")\"")
        }
        if sketch.isZigbee, message.pattern.text.hasPrefix("zigbee2mqtt/") { return put(4, "device: \"topic:{name}\"") }
        let vendor = sketch.name.split(separator: "-").first.map(String.init) ?? sketch.name
        if let place = message.pattern.deviceName {
            let named = message.messages.compactMap { one -> String? in
                guard let i = message.pattern.captured.last(where: { message.pattern.text.split(separator: "/", omittingEmptySubsequences: false)[$0] == "{\(place)}" }) else { return nil }
                return TopicSketch.levels(one.topic)[i]
            }
            let form = named.first.flatMap { DeviceName(text: $0) }
            let agrees = found.map { pair in pair.0.values.compactMap(\.word) == named } ?? false
            if let (field, template) = found, !agrees {
                remark(4, "CONFIRM  the field \(field.path) names the device (\(field.words.count) of them seen); the topic's {\(place)} may be a gateway's.")
                confirmCount += 1
                return put(4, "device: \(Written.quoted(template))")
            }
            var scheme = form?.scheme(key: place) ?? "topic"
            if form?.form == .eui { scheme = "topic" }
            remark(4, "CONFIRM  this level of the topic names the device" + (form == nil ? "; nothing but its place says so." : " (\(Set(named).count) of them seen)."))
            confirmCount += 1
            put(4, scheme == "topic" ? "device: \"topic:\(vendor)/{\(place)}\"" : "device: \"\(scheme):{\(place)}\"")
            if agrees, let field = found?.0 {
                remark(4, "GUESS  topic and payload name the same device; with this line a message in which they differ is refused.")
                put(4, "# agree: {\(Written.yaml("$." + field.path)): \(place)}")
                proposedCount += 1
            }
            return
        }
        if let (field, template) = found {
            remark(4, "CONFIRM  this field names the device (\(field.words.count) of them seen).")
            confirmCount += 1
            return put(4, "device: \(Written.quoted(template))")
        }
        if survey.scopes.dropFirst().contains(where: { deviceField($0) != nil }) {
            return put(4, "device: \"topic:\(sketch.name)\"")
        }
        remark(4, "CONFIRM  neither topic nor payload names a device: with this line all devices of the model are one.")
        confirmCount += 1
        notes.append("On \(message.pattern.text) nothing names the device: two of them could not be told apart.")
        put(4, "device: \"topic:\(sketch.name)\"")
    }

    /// A level that stands for one of several and is no device's name may be a person's: it is masked as one.
    private mutating func nameless(_ levels: [String], _ captured: [Int]) {
        for (i, level) in levels.enumerated() where level.utf8.count >= 3 && DeviceName(text: level) == nil {
            let isPerson = PersonalField.isEmail(level) || PersonalField.isPhone(level) || PersonalField.isNationalID(level) || level.holds("_at_")
            if isPerson || captured.contains(i) && !TopicSketch.messageWords.contains(KeyWords.normal(level)) { mask.person(level) }
        }
    }

    /// Writes the time of a scope, if a field looks like one.
    mutating func time(_ scope: SurveyedScope, walls: [WallTime?], at indent: Int) -> SurveyedField? {
        var best: (TimeGuess, SurveyedField)?
        for field in scope.fields where field.when == nil {
            guard let guess = TimeGuess(field, walls: field.values.count == walls.count ? walls : []) else { continue }
            if best == nil || guess.isSure && best?.0.isSure == false { best = (guess, field) }
        }
        guard let (guess, field) = best else { return nil }
        if guess.isSure {
            remark(indent, "CONFIRM  \(field.path): \(guess.why).")
            confirmCount += 1
            put(indent, "time: [\(guess.entry)]")
        } else {
            remark(indent, "GUESS  \(field.path): \(guess.why).")
            proposedCount += 1
            put(indent, "# time: [\(guess.entry)]")
        }
        return field
    }

    /// Points at what says who somebody is.
    mutating func personal(_ message: MessageSketch, _ survey: FieldSurvey) {
        var paths: [String] = []
        for scope in survey.scopes {
            for field in scope.fields {
                guard let found = PersonalField(field) else { continue }
                for word in field.words where word.text != "null" { mask.person(word.text) }
                if ["json", "senml"].contains(message.format), !field.path.hasPrefix("@") {
                    remark(4, "CONFIRM  \(field.path): \(found.isSure ? "" : "by its key ")\(found.sort.rawValue) (\(field.words.count) seen, not shown here). It is replaced by a token before anything is stored.")
                    confirmCount += 1
                    paths.append(message.isUplink ? "%object." + field.path : field.path)
                } else {
                    remark(4, "CONFIRM  \(field.path): \(found.isSure ? "" : "by its key ")\(found.sort.rawValue). Only fields of JSON can be replaced by a token: have the device or its bridge leave it out.")
                }
                notes.append("\(field.path) on \(message.pattern.text) is \(found.isSure ? "" : "by its key ")\(found.sort.rawValue): see \"identifying\" in profile.yaml.")
            }
        }
        guard !paths.isEmpty else { return }
        put(4, "identifying: [" + paths.map { Written.yaml($0) }.joined(separator: ", ") + "]")
        remark(4, "GUESS  where several people share the device: the reading belongs to whom the field names, never to the device's resident.")
        put(4, "# subject: \(Written.quoted("{" + paths[0] + "}"))")
        proposedCount += 1
    }

    /// Documents inside of texts, and bytes of which only the places are known.
    mutating func unpacking(_ message: MessageSketch, _ survey: FieldSurvey) {
        if ["bytes", "hex", "base64"].contains(message.format) {
            if !table(message) { bytes(message) }
            return
        }
        guard !survey.embedded.isEmpty else { return }
        put(4, "decode:")
        for step in survey.embedded {
            put(6, "- {name: \(step.name), path: \(Written.quoted(step.path)), as: \(step.format)" + (step.format == "csv" ? ", separator: \(Written.quoted(String(decoding: [step.separator], as: UTF8.self)))" : "") + ", optional: true}")
        }
    }

    private mutating func bytes(_ message: MessageSketch) {
        var frames: [(count: Int, rows: [[UInt8]])] = []
        for document in message.documents {
            let row = document.bytes ?? []
            guard !row.isEmpty else { continue }
            if let i = frames.firstIndex(where: { $0.count == row.count }) { frames[i].rows.append(row) } else if frames.count < 8 { frames.append((row.count, [row])) }
        }
        guard !frames.isEmpty else { return }
        remark(4, "Bytes say nothing of themselves: the maker's document must say what stands where, and how it is written")
        remark(4, "(u8, i16le, u16be, f32le …, bits). Each byte is named here by its place.")
        put(4, "decode:")
        for frame in frames {
            let name = frames.count == 1 ? "frame" : "frame\(frame.count)"
            put(6, "- name: \(name)")
            put(8, message.isUplink ? "path: \"%data\"" : "path: \"$\"")
            if message.isUplink {
                put(8, "from: \"%encoding\"")
                put(8, "length: \(frame.count)")
            }
            put(8, "as: struct")
            if message.isUplink { put(8, "optional: true") }
            put(8, "fields:")
            for i in 0..<min(frame.count, 32) {
                let column = frame.rows.map { $0[i] }, least = column.min() ?? 0, most = column.max() ?? 0
                put(10, "- {name: b\(i), at: \(i), read: u8}   # " + (least == most ? "always \(least)" : "\(least)…\(most), \(zip(column, column.dropFirst()).count { $0 != $1 }) changes"))
            }
            unknownCount += min(frame.count, 32)
        }
        let example = frames[0].count == 0 ? "" : frames.count == 1 ? "@frame.b\(min(1, frames[0].count - 1))" : "@frame\(frames[0].count).b0"
        remark(4, "An output reads a byte like this: - {kind: vital.heart_rate, path: \"\(example)\"}")
    }

    /// One field: a line that is active, lines to choose from, or a remark.
    mutating func output(_ field: SurveyedField, _ message: MessageSketch, _ scope: SurveyedScope, at indent: Int, prefix: String) {
        if field.path == "@key" || ["bytes", "hex", "base64"].contains(message.format) { return }
        if let (device, _) = deviceField(scope), device.path == field.path { return }
        if PersonalField(field) != nil { return }
        if scope.fields.contains(where: { $0.unit?.path == field.path || $0.when?.path == field.path }) { return }
        if message.when?.path == field.path { return }
        // What the envelope of a dialect says about itself.
        if message.format == "sparkplug", ["alias", "datatype", "name", "is_historical", "is_null", "is_transient", "seq"].contains(field.path) { return }
        if ["senml", "senml_cbor"].contains(message.format), ["bn", "n", "u", "t", "ago", "ut"].contains(field.path) { return }
        let label = field.when.map { "\(field.path) of \($0.word)" } ?? field.path
        if sequence(field, label, at: indent) { return }
        let beside = Set(scope.fields.compactMap { $0.when?.word ?? $0.keys.last }.map { KeyWords.normal($0) })
        let guesses = KindGuess.all(field, context: message.pattern.words, beside: beside)
        if guesses.contains(where: { $0.kind == .latitude || $0.kind == .longitude }) { for number in field.numbers { mask.place(number) } }
        let isPlace = guesses.contains { $0.kind == .latitude || $0.kind == .longitude }
        let evidence = isPlace ? "number, in \(field.values.count) of \(max(scope.itemCount, message.messages.count)), a place (not shown), \(field.changes) changes" : evidence(field, of: max(scope.itemCount, message.messages.count))
        guard let first = guesses.first else {
            remark(indent, "UNKNOWN  \(label): \(evidence)")
            unknownCount += 1
            return
        }
        func line(_ guess: KindGuess) -> String {
            var parts = ["kind: \(guess.kind.name)"]
            if guess.kind != .waveform { parts.append("path: \(Written.yaml(prefix + field.path))") }
            if let when = field.when { parts.append("when: {\(Written.yaml(when.path)): \(Written.yaml(when.word))}") }
            return "- {" + (parts + guess.options).joined(separator: ", ") + "}"
        }
        if first.isSure {
            remark(indent, "CONFIRM  \(label): \(evidence); \(first.why).")
            put(indent, line(first))
            confirmCount += 1
            sureKinds.insert(first.kind)
            return
        }
        remark(indent, "GUESS  \(label): \(evidence)" + (guesses.count > 1 ? ". At most one of these lines is right." : "."))
        for guess in guesses {
            put(indent, "# \(line(guess))")
            remark(indent, "    \(guess.why)")
            proposedCount += 1
        }
    }

    /// A whole number that only grows, under a key that counters have.
    private mutating func sequence(_ field: SurveyedField, _ label: String, at indent: Int) -> Bool {
        guard let key = field.keys.last, ["seq", "seqno", "sequence", "counter", "cnt", "fcnt", "packet", "packetid", "msgid", "messageid", "n", "eventcnt", "count"].contains(KeyWords.normal(key)), field.values.count > 1, field.when == nil else { return false }
        let wholes = field.values.compactMap { $0.quantity?.wholeNumber }
        guard wholes.count == field.values.count, zip(wholes, wholes.dropFirst()).allSatisfy({ $1 >= $0 && $1 - $0 < 1_000 }), field.changes > 0 else { return false }
        remark(indent, "GUESS  \(label): grows from message to message (\(wholes[0])…\(wholes[wholes.count - 1])): the device's own counter. Write it beside \"topic\", with \"modulus: 256\" if it wraps there:")
        remark(indent, "    sequence: {path: \(Written.yaml(field.path))}")
        proposedCount += 1
        return true
    }

    /// What was seen, in words; nothing of it says what it means.
    private func evidence(_ field: SurveyedField, of total: Int) -> String {
        let count = "in \(field.values.count) of \(total)"
        if field.samplesMax > 0 { return "a list of up to \(field.samplesMax) numbers, \(count)" }
        if let least = field.least, let most = field.most, field.isNumeric {
            let range = least == most ? "always \(KindGuess.plain(least))" : "\(KindGuess.plain(least))…\(KindGuess.plain(most)), \(field.changes) changes"
            return "number\(field.values.contains { $0.text != nil } ? " written as text" : ""), \(count), \(range)"
        }
        // Long texts may hold anything: only their number is told.
        let words = field.words
        if words.contains(where: { $0.text.utf8.count > 40 }) { return "text, \(count), \(words.count) different" }
        let shown = words.prefix(8).map { "\(Written.shown(mask.masked($0.text))) ×\($0.count)" }.joined(separator: ", ")
        return "\(field.isFlag ? "yes or no" : "words"), \(count): \(shown)\(words.count > 8 ? ", …" : ""), \(field.changes) changes"
    }
}
