import CareModel

/// One revision as its JSON says it, full or masked: what other formats are made of, so that none shows more than the JSON may.
///
/// Members are named as in docs/schemas/incident.schema.json, in camel case.
public struct IncidentDocument: Hashable, Sendable, Decodable {
    public struct Place: Hashable, Sendable, Decodable {
        public var address: String?
        public var room: String?
        public var station: String?
    }

    public struct Due: Hashable, Sendable, Decodable {
        public var due: String
        public var kind: String
    }

    public struct Evidence: Hashable, Sendable, Decodable {
        /// A number, a word or yes and no.
        public enum Value: Hashable, Sendable, Decodable {
            case number(Double)
            case flag(Bool)
            case text(String)

            public init(from decoder: any Decoder) throws {
                let one = try decoder.singleValueContainer()
                if let flag = try? one.decode(Bool.self) {
                    self = .flag(flag)
                } else if let number = try? one.decode(Double.self) {
                    self = .number(number)
                } else {
                    self = .text(try one.decode(String.self))
                }
            }
        }

        public var device: String
        public var kind: String
        public var observedAt: String?
        public var receivedAt: String?
        public var quality: [String]
        public var unit: String?
        /// Nil when masked.
        public var value: Value?
    }

    public struct Close: Hashable, Sendable, Decodable {
        public var reason: String
        public var note: String?
    }

    public struct Sentence: Hashable, Sendable, Decodable {
        public var en: String
        public var zhCN: String

        private enum CodingKeys: String, CodingKey {
            case en
            // A decoder that turns snake case into camel case leaves this one as it is.
            case zhCN = "zh-CN"
        }
    }

    public var id: String
    public var revision: UInt32
    public var phase: String
    public var kind: String
    public var priority: String
    public var category: String
    public var state: String
    public var home: String?
    public var resident: String?
    public var residentName: String?
    public var candidates: [String]?
    public var place: Place
    public var observedAt: String?
    public var openedAt: String
    public var detectedAt: String
    public var rule: String
    public var text: Sentence
    public var evidence: [Evidence]
    public var owner: String?
    public var close: Close?
    public var deadlines: [Due]
    public var tier: Int
    public var late: Bool
    /// Delivery members; absent in the canonical form.
    public var origin: String?
    public var committedAt: String?
    public var delivery: String?

    public var isDrill: Bool { origin == "drill" }
    /// When this revision was made: at its commit, where that is known.
    public var sentAt: String { committedAt ?? openedAt }
}
