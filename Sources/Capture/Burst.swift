import CareModel

/// What one look at the broker gave, in the order in which the journal takes it: `opening`, `messages`, `closing`.
public struct Burst: Sendable {
    /// Links that were resumed; their messages follow.
    public internal(set) var opening: [LinkChange] = []
    /// Safety first; each link's in the broker's order.
    public internal(set) var messages: [Message] = []
    /// Links that were lost or are drained, after their messages.
    public internal(set) var closing: [LinkChange] = []

    public init() {}

    public var isEmpty: Bool { opening.isEmpty && messages.isEmpty && closing.isEmpty }

    mutating func removeAll() {
        opening.removeAll(keepingCapacity: true)
        messages.removeAll(keepingCapacity: true)
        closing.removeAll(keepingCapacity: true)
    }
}
