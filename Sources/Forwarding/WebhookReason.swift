/// Why a delivery to a webhook waits or was refused; docs/errors.md lists the codes.
public enum WebhookReason: String, Hashable, Sendable, CaseIterable {
    /// No connection, or it broke before the answer was whole.
    case unreachable = "webhook.unreachable"
    case unanswered = "webhook.unanswered"
    /// 408, 425, 429 or 5xx.
    case busy = "webhook.busy"
    case redirected = "webhook.redirected"
    /// The host's name leads where a hub must not connect.
    case forbiddenAddress = "webhook.forbidden_address"
    /// The file with the secrets can't be used any more.
    case secret = "webhook.secret"
    /// A command in the receiver's answer could not be carried out now.
    case command = "webhook.command"
    /// Refused for good.
    case rejected = "webhook.rejected"
}
