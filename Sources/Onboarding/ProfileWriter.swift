import CareModel
import Decoding

/// Writes a proposal as profile.yaml: what is sure as it is, what was guessed with its evidence, as lines to be confirmed.
struct ProfileWriter {
    let sketch: ProfileSketch
    private(set) var lines: [String] = []
    var mask = SampleMask()
    var notes: [String] = []
    /// Kinds of active lines.
    var sureKinds: Set<Kind> = []
    var confirmCount = 0, proposedCount = 0, unknownCount = 0

    init(_ sketch: ProfileSketch) { self.sketch = sketch }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func put(_ indent: Int, _ line: String) { lines.append(String(repeating: " ", count: indent) + line) }

    /// A remark; never part of the profile.
    mutating func remark(_ indent: Int, _ text: String) { put(indent, "# " + text.map { $0.isNewline ? " " : $0 }) }

    mutating func write() {
        let hyphen = sketch.name.firstIndex(of: "-")
        let vendor = hyphen.map { String(sketch.name[..<$0]) } ?? sketch.name
        let model = hyphen.map { String(sketch.name[sketch.name.index(after: $0)...]) } ?? sketch.name
        put(0, "# \(vendor) \(model): proposed by `vigil device new` from \(sketch.messageCount) captured messages on \(sketch.topicCount) topics.")
        put(0, "# CONFIRM  the line below is active and was guessed: compare it with the device or its document, then delete the mark.")
        put(0, "# GUESS    the line below is not active: take its \"# \" away if it is right, or delete it.")
        put(0, "# UNKNOWN  a field that no kind is known for; docs/kinds.md lists the kinds.")
        put(0, "profile: \(sketch.name)")
        put(0, "language: 2")
        remark(0, "CONFIRM  the names that people see.")
        put(0, "title: {zh-CN: \(Written.yaml(vendor + " " + model)), en: \(Written.yaml(vendor + " " + model))}")
        if let known = sketch.models.first, sketch.models.count == 1 {
            remark(0, "As zigbee2mqtt names the model.")
            put(0, "models: [\(Written.yaml(known))]")
        } else {
            remark(0, "CONFIRM  the model as the maker writes it" + (sketch.isZigbee ? ", and as zigbee2mqtt shows it" : "") + ".")
            put(0, "models: [\(Written.yaml(model))]")
        }
        if sketch.isZigbee { put(0, "adapter: zigbee2mqtt") }
        if sketch.sketches.contains(where: \.isUplink) { put(0, "network: lorawan") }
        supervision()
        remark(0, "CONFIRM  how long it takes at worst from the press to the broker. Nobody has measured it: a minute is assumed, so that nothing is promised.")
        put(0, "transport_delay_seconds_max: 60")
        put(0, "messages:")
        var names: [String] = []
        for message in sketch.sketches { hide(message.survey) }
        for message in sketch.sketches { write(message, &names) }
    }

    /// Names of devices, gateways among them, and of people, so that no remark shows one.
    private mutating func hide(_ survey: FieldSurvey) {
        for field in survey.scopes.flatMap(\.fields) {
            let key = KeyWords.normal(field.keys.last ?? "")
            for word in field.words where field.values.contains(where: { $0.text == word.text }) {
                guard let name = DeviceName(text: word.text), !word.text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) || name.form == .imei else { continue }
                if name.form != .serial || DeviceName.rank(key: key) != nil || ["gw", "gateway", "gatewayid", "hub", "sender"].contains(key) { mask.device(word.text) }
            }
            if PersonalField(field) != nil { for word in field.words where word.text != "null" { mask.person(word.text) } }
        }
    }

    /// How often the device was heard, as a proposal: a capture of an hour says little about a night.
    private mutating func supervision() {
        let walls = sketch.sketches.flatMap { $0.messages.filter { !$0.isRetained }.compactMap(\.wall) }.sorted()
        let gaps = zip(walls, walls.dropFirst()).map { Int(($1 - $0).microseconds / 1_000_000) }.sorted()
        if let longest = gaps.last, gaps.count >= 4, longest > 0 {
            remark(0, "GUESS  heard \(walls.count) times in \(Int((walls[walls.count - 1] - walls[0]).microseconds / 1_000_000)) s; usually \(gaps[gaps.count / 2]) s apart, at most \(longest) s. 0 = it can't be missed.")
            put(0, "# supervision: {interval_seconds: \(min(7 * 86_400, max(10, longest))), missed_max: 3}")
            proposedCount += 1
        } else {
            remark(0, "How often a healthy device sends is not known from so few messages; 0 = its silence is not noticed.")
        }
        put(0, "supervision: {interval_seconds: 0}")
    }

    private mutating func write(_ message: MessageSketch, _ names: inout [String]) {
        var survey = message.survey
        if message.isUplink, message.format == "json" { survey = message.survey }
        let walls = message.messages.map { $0.isRetained ? nil : $0.wall }
        let name = unused(message, &names)
        put(2, "- name: \(name)")
        var seen = "\(message.messages.count) messages"
        let retained = message.messages.count(where: \.isRetained)
        if retained > 0 { seen += ", \(retained) of them retained" }
        remark(4, "\(seen), \(message.format)\(message.length.map { " of \($0) bytes" } ?? "").")
        if message.isUplink {
            put(4, "uplink: true")
        } else {
            put(4, "topic: \(Written.yaml(message.pattern.text))")
            if !message.pattern.except.isEmpty { put(4, "except: [" + message.pattern.except.map { Written.yaml($0) }.joined(separator: ", ") + "]") }
        }
        if message.format != "json", !message.isUplink {
            put(4, "format: \(message.format)")
            if message.format == "csv", message.separator != 0x2C { put(4, "separator: \(Written.quoted(String(decoding: [message.separator], as: UTF8.self)))") }
            if !message.trim.isEmpty { put(4, "trim: \(Written.quoted(message.trim))") }
        }
        conditions(message, survey)
        identity(message, survey)
        let root = survey.scopes[0]
        let isUplinkObject = message.isUplink && message.format == "json"
        let time = message.isUplink ? nil : self.time(root, walls: root.itemCount == walls.count || root.each == nil ? walls : [], at: 4)
        personal(message, survey)
        unpacking(message, survey)
        let hasDeviceInItems = survey.scopes.dropFirst().contains { deviceField($0) != nil } && deviceField(root) == nil && message.pattern.deviceName == nil
        let isList = survey.scopes.count > 1
        if !hasDeviceInItems {
            put(4, "outputs:")
            alive(message, root)
            tableOutputs(message)
            for field in root.fields where field.path != time?.path { output(field, message, root, at: 6, prefix: isUplinkObject ? "%object." : "") }
            if message.pattern.words.first.map({ speaksOfSafety($0) }) ?? false, !root.fields.contains(where: { $0.path == "@text" }) { topicItself(message) }
        }
        if message.isUplink { put(6, "- {kind: device.rssi, path: \"%rssi\"}") }
        if isList {
            put(4, "parts:")
            for scope in survey.scopes.dropFirst() { part(scope, message, isAlone: hasDeviceInItems, walls, isUplinkObject ? "%object." : "") }
        }
        for path in survey.unreachable { remark(4, "UNKNOWN  \(path): not looked into; it lies too deep, is a long list, or its key can't be written in a path.") }
    }

    private mutating func part(_ scope: SurveyedScope, _ message: MessageSketch, isAlone: Bool, _ walls: [WallTime?], _ prefix: String) {
        put(6, "- each: \(Written.yaml(prefix + (scope.each ?? "$")))")
        remark(8, "\(scope.itemCount) items in \(message.messages.count) messages.")
        if let (field, template) = deviceField(scope) {
            remark(8, "CONFIRM  each item names its own device.")
            confirmCount += 1
            put(8, "device: \(Written.quoted(template))")
            for value in field.values { if let text = value.word { mask.device(text) } }
        }
        let oneEach = scope.itemCount == message.messages.count ? walls : []
        let time = time(scope, walls: oneEach, at: 8)
        put(8, "outputs:")
        if isAlone {
            put(10, "# Sure: a message spoke of the device.")
            put(10, "- {kind: device.online, value: true, meaning: heartbeat}")
        } else { put(10, "- {kind: device.online, value: true, meaning: heartbeat, fallback: true}") }
        for field in scope.fields where field.path != time?.path { output(field, message, scope, at: 10, prefix: "") }
    }

    /// A name for people; taken from the topic's last word.
    private func unused(_ message: MessageSketch, _ names: inout [String]) -> String {
        var base = message.isUplink ? "uplink" : message.pattern.words.first.map { KeyWords.parts($0).joined(separator: "_") } ?? "report"
        if let word = message.when?.word, !message.isUplink { base += "_" + KeyWords.parts(word).joined(separator: "_") }
        base = String(String.UnicodeScalarView(base.unicodeScalars.map { ($0.value >= 97 && $0.value <= 122) || ($0.value >= 48 && $0.value <= 57) ? $0 : "_" }))
        if base.isEmpty || base.allSatisfy({ $0 == "_" }) { base = "message" }
        var name = base, n = 2
        while names.contains(name) { (name, n) = ("\(base)_\(n)", n + 1) }
        names.append(name)
        return name
    }

    private mutating func conditions(_ message: MessageSketch, _ survey: FieldSurvey) {
        if !message.isUplink, ["bytes", "hex", "base64"].contains(message.format), message.length == nil, TableGuess(message.documents.map { $0.bytes ?? [] }) != nil {
            remark(4, "CONFIRM  what is shorter than the shortest frame seen is none.")
            confirmCount += 1
            put(4, "when: {\"@length\": {min: \(message.messages.map(\.payload.count).min() ?? 1)}}")
        } else if let length = message.length {
            remark(4, "CONFIRM  frames of this length are one sort.")
            confirmCount += 1
            if message.format == "bytes" { put(4, "when: {\"@length\": \(length)}") } else { put(4, "when: {\"@length\": \(message.messages.first?.payload.count ?? length)}") }
        } else if let when = message.when {
            if !message.isUplink {
                remark(4, "CONFIRM  the word of this field says what sort of message it is: with each word other fields came.")
                confirmCount += 1
            }
            put(4, "when: {\(Written.yaml(when.path)): \(message.isUplink ? when.word : Written.quoted(when.word))}")
        } else if message.format == "csv" {
            put(4, "when: {\"[1]\": {present: true}}")
        } else if sketch.isTold {
            let root = survey.scopes[0]
            let field = root.fields.first { $0.values.count == message.messages.count && $0.when == nil && !$0.path.hasPrefix("@inner") }?.path ?? "$[0]"
            remark(4, "CONFIRM  another profile has the same topic: this tells the messages apart. Every message of the model must have the field.")
            confirmCount += 1
            put(4, "when: {\(Written.yaml(field)): {present: true}}")
        }
    }

    /// Sure of every message that is not a state repeated by a broker or a bridge.
    private mutating func alive(_ message: MessageSketch, _ root: SurveyedScope) {
        let isAvailability = message.pattern.words.first.map { ["availability", "lwt", "online", "status", "state", "connection", "connected"].contains(KeyWords.normal($0)) } ?? false
        let words = root.field("@text") ?? root.field("state")
        if isAvailability, let words, KindGuess.all(words, context: message.pattern.words, beside: []).first.map({ $0.kind == .online && $0.isSure }) == true { return }
        if sketch.isZigbee, let quality = root.field("linkquality"), quality.values.count == message.messages.count, KindGuess.all(quality, context: [], beside: []).first?.isSure == true { return }
        put(6, "# Sure: a message came, so the device lives.")
        put(6, "- {kind: device.online, value: true, meaning: heartbeat}")
    }

    private func speaksOfSafety(_ word: String) -> Bool { KindGuess.rows.contains { row in row.kind.isSafety && KeyWords.parts(word).contains { row.maybe.contains($0) } || row.kind.isSafety && row.maybe.contains(KeyWords.normal(word)) } }

    /// A topic that itself says what happened.
    private mutating func topicItself(_ message: MessageSketch) {
        guard let word = message.pattern.words.first, let row = KindGuess.rows.first(where: { row in row.kind.isSafety && (row.maybe.contains(KeyWords.normal(word)) || KeyWords.parts(word).contains { row.maybe.contains($0) }) }) else { return }
        let value = switch row.kind {
        case .fall: "suspected"
        case .sos, .callButton: "pressed"
        case .geofence: "leave"
        case .wandering: "suspected"
        default: "true"
        }
        guard row.kind != .immobile else { return }
        remark(6, "GUESS  the topic's word \(Written.shown(word)): if every message on it means that it happened, this line says so.")
        put(6, "# - {kind: \(row.kind.name), value: \(value), meaning: momentary}")
        proposedCount += 1
    }
}
