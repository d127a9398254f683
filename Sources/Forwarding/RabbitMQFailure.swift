import CRabbitMQ

/// Why a RabbitMQ broker doesn't take deliveries now. All of them are tried again; docs/errors.md lists the codes.
public struct RabbitMQFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// No connection can be made, or it broke.
        case unreachable = "rabbitmq.unreachable"
        /// User, password, rights, virtual host, or a certificate that doesn't fit.
        case refused = "rabbitmq.refused"
        /// Queue or exchange stand with other settings than this hub declares.
        case topology = "rabbitmq.topology"
        /// The queue, or a way to it, isn't there.
        case missing = "rabbitmq.missing"
        /// The broker has too little disk or memory and takes nothing.
        case blocked = "rabbitmq.blocked"
        /// A delivery stayed without its confirm.
        case unanswered = "rabbitmq.unanswered"
        /// The broker could not store it, or its queue is full.
        case notStored = "rabbitmq.not_stored"
        /// This side's window is full, or it is stopping.
        case busy = "rabbitmq.busy"
        /// librabbitmq failed in another way; the text says how.
        case library = "rabbitmq.library"
    }

    public var kind: Kind
    public var text: String

    public init(_ kind: Kind, _ text: String) { (self.kind, self.text) = (kind, text) }

    public var description: String { "\(kind.rawValue): \(text)" }

    /// From a status of librabbitmq, which is below 0.
    init(status: Int32, doing what: String) {
        let text = what + ": " + (amqp_error_string2(status).map { String(cString: $0) } ?? "status \(status)")
        // -0x02xx: TLS. A certificate that can't be verified is refused by us; a broken handshake may be the network.
        if status == AMQP_STATUS_SSL_PEER_VERIFY_FAILED.rawValue || status == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED.rawValue {
            self.init(.refused, text)
        } else if status == AMQP_STATUS_NO_MEMORY.rawValue || status == AMQP_STATUS_INVALID_PARAMETER.rawValue || status == AMQP_STATUS_TABLE_TOO_BIG.rawValue {
            self.init(.library, text)
        } else {
            self.init(.unreachable, text)
        }
    }

    /// From a close that the broker sent, with AMQP's reply code.
    init(replyCode: UInt16, text: String) {
        switch replyCode {
        case 403, 530: self.init(.refused, text)
        case 404: self.init(.missing, text)
        case 405, 406: self.init(.topology, text)
        case 506: self.init(.blocked, text)
        default: self.init(.unreachable, "closed by the broker: \(text)")
        }
    }
}
