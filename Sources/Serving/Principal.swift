import CareModel

/// Who stands behind a request, and in which role.
public struct Principal: Hashable, Sendable {
    /// Goes into the journal as the actor; never into logs.
    public var actor: String
    public var role: Role
    /// A receiver's token: it may read and confirm this queue and nothing else.
    public var queue: QueueName?
    /// To whom the role applies.
    public var rights: Rights
    /// Somebody's own account: every press is in that name.
    public var isPersonal: Bool
    /// A screen on a wall: it reads the wall, without names.
    public var isWall: Bool
    /// The screen is locked: no names, no presses; list, stream and sound go on.
    var isLocked = false

    public init(actor: String, role: Role, queue: QueueName? = nil, rights: Rights = .everything, isPersonal: Bool = false, isWall: Bool = false) {
        (self.actor, self.role, self.queue) = (actor, role, queue)
        (self.rights, self.isPersonal, self.isWall) = (rights, isPersonal, isWall)
    }

    /// Names, addresses and health values are for those who care for people.
    var detail: Detail {
        if isLocked || isWall { return .masked }
        return switch role {
        case .caregiver, .supervisor, .administrator: .full
        case .family, .technician, .inspector, .device: .masked
        }
    }

    /// Whether a request may name another person than the token's as the one who acted: a shared token's, never a personal account's.
    var maySpeakForOthers: Bool { !isPersonal && (role == .administrator || role == .supervisor) }
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
