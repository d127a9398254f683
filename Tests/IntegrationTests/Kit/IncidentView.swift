import CareModel
import Foundation

/// What the tests look at in an incident's JSON. Read by Foundation, not by the project's own reader.
struct IncidentView: Decodable, Hashable, Sendable {
    struct Evidence: Decodable, Hashable, Sendable {
        var device: String
        var received_at: String
    }

    struct Sentence: Decodable, Hashable, Sendable {
        var en: String
    }

    struct Annotation: Decodable, Hashable, Sendable {
        var at: String
        var what: String
        var note: String?
    }

    var id: String
    var revision: Int
    var kind: String
    var phase: String
    var priority: String
    var state: String
    var origin: String?
    var home: String?
    var resident: String?
    var late: Bool
    var evidence: [Evidence]
    var text: Sentence
    var detected_at: String
    var opened_at: String
    var annotations: [Annotation]
    var committed_at: String?
    /// The delivery's key.
    var delivery: String?

    init(_ json: [UInt8]) throws { self = try JSONDecoder().decode(IncidentView.self, from: Data(json)) }

    /// Wall time of an RFC 3339 text in UTC, in microseconds.
    static func microseconds(_ text: String) throws -> Int64 {
        guard let wall = WallTime(rfc3339: text) else { throw KitFailure("\(text) is no time") }
        return wall.microseconds
    }
}

/// Cuts JSON as it stands, so that bytes can be compared.
enum RawJSON {
    /// The objects of the array under `member`, each byte for byte.
    static func objects(of member: String, in json: [UInt8]) -> [[UInt8]] {
        let mark = Array("\"\(member)\":[".utf8)
        guard let start = (0..<max(0, json.count - mark.count)).first(where: { json[$0] == mark[0] && json[$0..<$0 + mark.count].elementsEqual(mark) })
        else { return [] }
        var objects: [[UInt8]] = []
        var depth = 0, begin = 0, isText = false, isEscaped = false
        for index in (start + mark.count)..<json.count {
            let byte = json[index]
            if isText {
                if isEscaped { isEscaped = false } else if byte == UInt8(ascii: "\\") { isEscaped = true } else if byte == UInt8(ascii: "\"") { isText = false }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 0 { begin = index }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { return objects }
                depth -= 1
                if depth == 0 { objects.append(Array(json[begin...index])) }
            default: break
            }
        }
        return objects
    }
}
