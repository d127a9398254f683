import CareModel
import Decoding

/// What was seen of one field in all messages of a sort.
struct SurveyedField: Sendable {
    /// As a profile names it, from the scope's item.
    var path: String
    /// Its key and those around it, the outermost first.
    var keys: [String]
    /// In the order of the capture.
    var values: [Value] = []
    /// A condition under which only it has this meaning: another field, and its word.
    var when: (path: String, word: String)?
    /// Path of a field beside it that tells its unit, and the units seen.
    var unit: (path: String, words: [String])?
    /// A list of numbers: how many at most.
    var samplesMax = 0

    var numbers: [DecimalNumber] { values.compactMap(\.quantity) }
    var isNumeric: Bool { !values.isEmpty && values.allSatisfy { $0.quantity != nil } }
    var isFlag: Bool { !values.isEmpty && values.allSatisfy { $0.flag != nil } }
    var least: DecimalNumber? { numbers.min { $0.isLess(than: $1) } }
    var most: DecimalNumber? { numbers.max { $0.isLess(than: $1) } }
    /// How often a value differs from the one before.
    var changes: Int { zip(values, values.dropFirst()).count { $0 != $1 } }

    /// Distinct values and how often each came, in the order in which they came first.
    var words: [(text: String, count: Int)] {
        var found: [(text: String, count: Int)] = []
        for value in values {
            let text = value.word ?? "null"
            if let i = found.firstIndex(where: { $0.text == text }) { found[i].count += 1 } else if found.count < SurveyedField.wordsMax { found.append((text, 1)) }
        }
        return found
    }

    /// Distinct values that are told apart.
    static let wordsMax = 24
}

/// A place at which a profile reads fields: the document, or each item of a list or object.
struct SurveyedScope: Sendable {
    /// The path of `each`; nil = the document itself.
    var each: String?
    /// The items' keys name something: they are the entries of an object.
    var keys: [String] = []
    var isKeyed = false
    var itemCount = 0
    var fields: [SurveyedField] = []
    private var index: [String: Int] = [:]

    init(each: String?) { self.each = each }

    mutating func add(_ path: String, _ keys: [String], _ value: Value, samples: Int = 0) {
        if let i = index[path] {
            fields[i].values.append(value)
            fields[i].samplesMax = max(fields[i].samplesMax, samples)
        } else if fields.count < SurveyedScope.fieldsMax {
            index[path] = fields.count
            fields.append(SurveyedField(path: path, keys: keys, values: [value], samplesMax: samples))
        }
    }

    /// A field again, split by the word of another.
    mutating func add(_ field: SurveyedField) { fields.append(field) }

    mutating func remove(_ path: String) {
        guard let i = index.removeValue(forKey: path) else { return }
        fields.remove(at: i)
        for (j, field) in fields.enumerated() where field.when == nil { index[field.path] = j }
    }

    func field(_ path: String) -> SurveyedField? { index[path].map { fields[$0] } }

    /// Fields of one scope; a profile reads at most 64 of them.
    static let fieldsMax = 128
}

/// All fields of the messages of one sort.
struct FieldSurvey: Sendable {
    private(set) var scopes: [SurveyedScope] = [SurveyedScope(each: nil)]
    /// Texts that hold another document: name of the step, path and format.
    private(set) var embedded: [(name: String, path: String, format: String, separator: UInt8)] = []
    /// Fields that a profile can't name, or that lie too deep.
    private(set) var unreachable: [String] = []
    private(set) var messageCount = 0

    static let depthMax = 8
    static let scopesMax = 8

    mutating func add(_ value: Value) {
        messageCount += 1
        switch value {
        case .array(let items) where items.contains(where: { !$0.isScalar }): list(items, "$", [], 0)
        case .array(let items):
            for (i, item) in items.enumerated() { addScalar(item, "[\(i)]", ["\(i)"], 0) }
        case .object: object(value, 0, "", [], 0)
        default: scopes[0].add("@text", [], value)
        }
    }

    /// Finds lists of name and value, and splits the value by the names.
    mutating func splitByName() {
        for i in scopes.indices {
            for value in ["value", "v", "val", "vb", "vs", "reading", "measurement", "qty", "data", "Avg", "avg", "state"] {
                let scope = scopes[i]
                guard let values = scope.field(value), let name = ["name", "n", "metric", "kind", "parameter", "sensor", "type", "code", "item", "key"].lazy.compactMap({ scope.field($0) }).first,
                      name.values.count == values.values.count || scope.each != nil, name.words.count <= 16, name.values.allSatisfy({ $0.text?.isEmpty == false }) else { continue }
                guard let rows = rows(scope, name.path, value), !rows.isEmpty else { continue }
                let unit = ["unit", "units", "u", "uom"].lazy.compactMap { scope.field($0) }.first
                scopes[i].remove(value)
                for row in rows {
                    var field = SurveyedField(path: value, keys: [row.name], values: row.values, when: (name.path, row.name))
                    if let unit { field.unit = (unit.path, row.units.isEmpty ? unit.words.map(\.text) : row.units) }
                    scopes[i].add(field)
                }
            }
        }
    }

    /// Items as they came, so that the values of one name can be told from another's.
    private var items: [[Value]] = [[]]

    private func rows(_ scope: SurveyedScope, _ name: String, _ value: String) -> [(name: String, values: [Value], units: [String])]? {
        guard let i = scopes.firstIndex(where: { $0.each == scope.each }) else { return nil }
        var rows: [(name: String, values: [Value], units: [String])] = []
        for item in items[i] {
            guard let word = item[name]?.text, let found = item[value], found.isScalar else { continue }
            let unit = ["unit", "units", "u", "uom"].lazy.compactMap { item[$0]?.text }.first
            if let j = rows.firstIndex(where: { $0.name == word }) {
                rows[j].values.append(found)
                if let unit, !rows[j].units.contains(unit) { rows[j].units.append(unit) }
            } else if rows.count < 16 {
                rows.append((word, [found], unit.map { [$0] } ?? []))
            }
        }
        // One name alone is no list of names.
        return rows.count > 1 || scope.each != nil ? rows : nil
    }

    private mutating func object(_ value: Value, _ scope: Int, _ prefix: String, _ keys: [String], _ depth: Int) {
        guard depth < FieldSurvey.depthMax else { return miss(prefix) }
        if prefix.isEmpty, scopes[scope].each == nil || depth == 0 {
            scopes[scope].itemCount += 1
            if items[scope].count < 4_096 { items[scope].append(value) }
        }
        for member in value.members ?? [] {
            guard let segment = FieldSurvey.segment(member.key) else {
                miss(prefix + "." + member.key)
                continue
            }
            let path = prefix.isEmpty ? segment : prefix + "." + segment
            inside(member.value, scope, path, keys + [member.key], depth + 1)
        }
    }

    private mutating func inside(_ value: Value, _ scope: Int, _ path: String, _ keys: [String], _ depth: Int) {
        switch value {
        case .object(let members):
            if !members.isEmpty, members.allSatisfy({ $0.value.members != nil && DeviceName(text: $0.key) != nil }) {
                entries(members, scope, path, keys, depth)
            } else {
                object(value, scope, path, keys, depth)
            }
        case .array(let inner):
            if inner.isEmpty { return }
            if inner.allSatisfy({ $0.members != nil }) {
                let base = scopes[scope].each.map { $0 + "[*]." + path } ?? path
                list(inner, base, keys, depth)
            } else if inner.count >= 4, inner.allSatisfy({ $0.number != nil }) {
                scopes[scope].add(path, keys, .array([]), samples: inner.count)
            } else if inner.allSatisfy(\.isScalar), inner.count <= 8 {
                for (i, item) in inner.enumerated() { addScalar(item, "\(path)[\(i)]", keys + ["\(i)"], scope) }
            } else {
                miss(path)
            }
        default: addScalar(value, path, keys, scope)
        }
    }

    private mutating func addScalar(_ value: Value, _ path: String, _ keys: [String], _ scope: Int) {
        if value.isNull { return }
        if let text = value.text, scope == 0, scopes[0].each == nil {
            if text.hasPrefix("{") || text.hasPrefix("["), let inner = try? JSONReader.read(Array(text.utf8)), inner.members != nil {
                if let name = step(path, "json", 0x2C) { object(inner, 0, "@" + name, keys, 1) }
                return
            }
            let halves = text.split(separator: text.contains("=") ? "=" : ":", maxSplits: 1).map(String.init)
            if path.hasPrefix("["), halves.count == 2, KeyWords.normal(halves[0]).utf8.count >= 1, DecimalNumber(halves[0]) == nil, halves[0].utf8.count <= 24,
               let name = step(path, "csv", text.contains("=") ? 0x3D : 0x3A) {
                return scopes[0].add("@\(name)[1]", keys + [halves[0]], .string(halves[1]))
            }
        }
        scopes[scope].add(path, keys, value)
    }

    /// The step that unpacks this path; nil when there are more than a message may have.
    private mutating func step(_ path: String, _ format: String, _ separator: UInt8) -> String? {
        if let known = embedded.first(where: { $0.path == path }) { return known.name }
        guard embedded.count < 8 else { return nil }
        embedded.append(("inner\(embedded.count + 1)", path, format, separator))
        return embedded.last?.name
    }

    private mutating func scope(_ each: String) -> Int? {
        if let known = scopes.firstIndex(where: { $0.each == each }) { return known }
        guard scopes.count < FieldSurvey.scopesMax else { return nil }
        scopes.append(SurveyedScope(each: each))
        items.append([])
        return scopes.count - 1
    }

    private mutating func list(_ found: [Value], _ each: String, _ keys: [String], _ depth: Int) {
        guard depth < FieldSurvey.depthMax, let inner = scope(each) else { return miss(each) }
        scopes[inner].keys = keys
        for item in found where item.members != nil {
            scopes[inner].itemCount += 1
            if items[inner].count < 4_096 { items[inner].append(item) }
            for member in item.members ?? [] {
                guard let segment = FieldSurvey.segment(member.key) else { continue }
                inside(member.value, inner, segment, keys + [member.key], depth + 1)
            }
        }
    }

    /// An object whose keys are devices.
    private mutating func entries(_ members: [Value.Member], _ scope: Int, _ path: String, _ keys: [String], _ depth: Int) {
        let base = scopes[scope].each.map { $0 + "[*]." + path } ?? path
        list(members.map(\.value), base, keys, depth)
        guard let inner = scopes.firstIndex(where: { $0.each == base }) else { return }
        scopes[inner].isKeyed = true
        for member in members { scopes[inner].add("@key", ["key"], .string(member.key)) }
    }

    private mutating func miss(_ path: String) { if unreachable.count < 16, !unreachable.contains(path) { unreachable.append(path) } }

    /// One key as a path writes it; nil when a path can't.
    static func segment(_ key: String) -> String? {
        guard let first = key.utf8.first, !key.utf8.contains(0x22), key.utf8.count < 100 else { return nil }
        let isPlain = ![0x40, 0x24, 0x5E, 0x25].contains(first) && !key.utf8.contains { $0 == 0x2E || $0 == 0x5B || $0 == 0x5D || $0 < 0x20 }
        let text = isPlain ? key : "\"\(key)\""
        return PayloadDocument.isPath(text) ? text : nil
    }
}
