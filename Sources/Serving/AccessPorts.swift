import CareModel

/// Keeps who saw and did what.
public protocol AuditKeeping: Sendable {
    /// Returns at once: an answer never waits for its line of the audit.
    func keep(actor: String, role: Role, via: Via, action: String, object: String, outcome: String)
}

/// What `Serving` needs to know who somebody is and to whom they may do what.
public struct AccessPorts: Sendable {
    public var tokens: TokenTable
    public var accounts: Accounts
    public var places: any PlaceReading
    public var audit: any AuditKeeping
    /// Makes sure of a person again at a screen that nobody touched for so long; nil = never.
    public var lockAfter: Duration?

    public init(tokens: TokenTable, accounts: Accounts, places: any PlaceReading, audit: any AuditKeeping, lockAfter: Duration?) {
        (self.tokens, self.accounts, self.places, self.audit, self.lockAfter) = (tokens, accounts, places, audit, lockAfter)
    }
}
