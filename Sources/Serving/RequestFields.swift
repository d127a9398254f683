import CareModel
import Foundation
import Hummingbird

/// A request's JSON body, read strictly: every field has its type and bounds, and an unknown one is an error.
struct RequestFields {
    private enum Field: Decodable {
        case null, bool(Bool), int(Int), string(String), strings([String]), other

        init(from decoder: any Decoder) throws {
            let box = try decoder.singleValueContainer()
            if box.decodeNil() { self = .null }
            else if let value = try? box.decode(Bool.self) { self = .bool(value) }
            else if let value = try? box.decode(Int.self) { self = .int(value) }
            else if let value = try? box.decode(String.self) { self = .string(value) }
            else if let value = try? box.decode([String].self) { self = .strings(value) }
            else { self = .other }
        }
    }

    private var fields: [String: Field]

    /// Reads the whole body; an empty one has no fields.
    ///
    /// - Throws: `ErrorAnswer` 413 past `ServingLimits.bodyBytesMax`, 400 when it isn't one JSON object in UTF-8.
    init(_ request: Request) async throws { try self.init(try await RequestFields.bytes(request)) }

    /// - Throws: `ErrorAnswer` 413 past `ServingLimits.bodyBytesMax`.
    static func bytes(_ request: Request) async throws -> [UInt8] {
        let tooLong = ErrorAnswer(.contentTooLarge, "body_too_long", "a body has at most \(ServingLimits.bodyBytesMax) bytes")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > ServingLimits.bodyBytesMax { throw tooLong }
        var bytes: [UInt8] = []
        for try await chunk in request.body {
            guard bytes.count + chunk.readableBytes <= ServingLimits.bodyBytesMax else { throw tooLong }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
    }

    init(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else {
            fields = [:]
            return
        }
        guard String(validating: bytes, as: UTF8.self) != nil, bytes.first(where: { $0 > 32 }) == UInt8(ascii: "{") else {
            throw ErrorAnswer(.badRequest, "malformed_body", "the body must be one JSON object in UTF-8")
        }
        do { fields = try JSONDecoder().decode([String: Field].self, from: Data(bytes)) } catch {
            throw ErrorAnswer(.badRequest, "malformed_body", "the body must be one JSON object in UTF-8")
        }
    }

    /// - Returns: nil when the field is absent or null.
    mutating func string(_ name: String, bytesMax: Int, mayHaveLines: Bool = false) throws -> String? {
        switch fields.removeValue(forKey: name) {
        case nil, .null: return nil
        case .string(let text):
            guard text.utf8.count <= bytesMax else { throw ErrorAnswer.invalid(name, "at most \(bytesMax) bytes") }
            let isClean = text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 || mayHaveLines && ($0 == "\n" || $0 == "\t" || $0 == "\r") }
            guard isClean else { throw ErrorAnswer.invalid(name, "control characters are not allowed") }
            return text
        default: throw ErrorAnswer.invalid(name, "must be a string")
        }
    }

    mutating func required(_ name: String, bytesMax: Int) throws -> String {
        guard let text = try string(name, bytesMax: bytesMax), !text.isEmpty else { throw ErrorAnswer.invalid(name, "is needed and must not be empty") }
        return text
    }

    mutating func flag(_ name: String) throws -> Bool? {
        switch fields.removeValue(forKey: name) {
        case nil, .null: return nil
        case .bool(let flag): return flag
        default: throw ErrorAnswer.invalid(name, "must be true or false")
        }
    }

    mutating func int(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        switch fields.removeValue(forKey: name) {
        case nil, .null: return nil
        case .int(let value):
            guard range.contains(value) else { throw ErrorAnswer.invalid(name, "must be \(range.lowerBound)...\(range.upperBound)") }
            return value
        default: throw ErrorAnswer.invalid(name, "must be a whole number")
        }
    }

    mutating func bool(_ name: String) throws -> Bool? {
        switch fields.removeValue(forKey: name) {
        case nil, .null: return nil
        case .bool(let value): return value
        default: throw ErrorAnswer.invalid(name, "must be true or false")
        }
    }

    mutating func strings(_ name: String, countMax: Int, bytesMax: Int) throws -> [String] {
        switch fields.removeValue(forKey: name) {
        case nil, .null: return []
        case .strings(let values):
            guard values.count <= countMax, values.allSatisfy({ (1...bytesMax).contains($0.utf8.count) }) else {
                throw ErrorAnswer.invalid(name, "at most \(countMax) strings of 1...\(bytesMax) bytes")
            }
            return values
        default: throw ErrorAnswer.invalid(name, "must be a list of strings")
        }
    }

    /// Call it last: what nobody asked for is an error, the first in the alphabet is named.
    func finish() throws {
        if let left = fields.keys.min() { throw ErrorAnswer.unknownField(left) }
    }
}

/// A request's query, read as strictly as its body.
struct RequestQuery {
    private var values: [String: String] = [:]

    init(_ request: Request) throws {
        let parts = (request.uri.query ?? "").split(separator: "&")
        guard parts.count <= ServingLimits.queryParametersMax else { throw ErrorAnswer(.badRequest, "malformed_query", "too many parameters") }
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pair.first.flatMap({ String($0).removingPercentEncoding }),
                  let value = pair.count == 2 ? String(pair[1]).removingPercentEncoding : "" else {
                throw ErrorAnswer(.badRequest, "malformed_query", "the query is not percent-encoded UTF-8")
            }
            guard values.updateValue(value, forKey: name) == nil else { throw ErrorAnswer.invalid(name, "stands twice") }
        }
    }

    mutating func string(_ name: String) -> String? { values.removeValue(forKey: name) }

    mutating func int(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text = values.removeValue(forKey: name) else { return fallback }
        guard text.utf8.count <= 9, !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text), range.contains(value) else {
            throw ErrorAnswer.invalid(name, "must be a whole number \(range.lowerBound)...\(range.upperBound)")
        }
        return value
    }

    mutating func cursor(_ name: String) throws -> Cursor? {
        guard let text = values.removeValue(forKey: name) else { return nil }
        guard let cursor = Cursor(text) else { throw ErrorAnswer.invalid(name, "is no cursor") }
        return cursor
    }

    mutating func limit() throws -> Int { try int("limit", in: 1...ServingLimits.listMax, default: ServingLimits.listDefault) }

    func finish() throws {
        if let left = values.keys.min() { throw ErrorAnswer.unknownParameter(left) }
    }
}
