import CareModel

/// Who stands behind a request, and in which role.
public struct Principal: Hashable, Sendable {
    /// Goes into the journal as the actor; never into logs.
    public var actor: String
    public var role: Role
    /// A receiver's token: it may read and confirm this queue and nothing else.
    public var queue: QueueName?

    public init(actor: String, role: Role, queue: QueueName? = nil) {
        (self.actor, self.role, self.queue) = (actor, role, queue)
    }

    /// Names, addresses and health values are for those who care for people.
    var detail: Detail {
        switch role {
        case .caregiver, .supervisor, .administrator: .full
        case .family, .technician, .inspector, .device: .masked
        }
    }

    /// Whether a request may name another person than the token's as the one who acted.
    var maySpeakForOthers: Bool { role == .administrator || role == .supervisor }
}

/// The accepted tokens, kept as digests.
public struct TokenTable: Sendable {
    private let entries: [(digest: [UInt8], principal: Principal)]
    private let digest: @Sendable ([UInt8]) -> [UInt8]

    /// - Parameters:
    ///   - entries: digests of the tokens. A token is 32 random bytes, so that guessing is out of the question.
    ///   - digest: the digest function, SHA-256 in the hub.
    public init(_ entries: [(digest: [UInt8], principal: Principal)], digest: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.entries = entries
        self.digest = digest
    }

    /// Whose token this is. Takes the same time for every token of one length.
    func principal(token: String) -> Principal? {
        guard (1...ServingLimits.tokenBytesMax).contains(token.utf8.count) else { return nil }
        let given = digest(Array(token.utf8))
        var found: Principal?
        for entry in entries where TokenTable.areEqual(entry.digest, given) { found = entry.principal }
        return found
    }

    /// Compares without stopping at the first difference.
    static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count, !a.isEmpty else { return false }
        var difference: UInt8 = 0
        for i in a.indices { difference |= a[i] ^ b[i] }
        return difference == 0
    }
}
