import CareModel

/// What Escalation decided: told, kept, answered. GatewayCore turns each into effects of the same transaction.
public enum Decision: Hashable, Sendable {
    /// One more revision, and who must receive it. An empty list is kept in the history only.
    case revise(Incident, [Delivery])
    case keep(DecidedRow)
    case retire(DeliveryKey)
    /// Moves a delivery to the dead letter, with the receiver's reason.
    case deadLetter(DeliveryKey, String)
    /// Takes a delivery out of the dead letter.
    case revive(DeliveryKey)
    case answer(CommandID, CommandOutcome)
    case audit(AuditEntry)
}
