import CRabbitMQ
import CareModel
import Glibc

extension RabbitMQConnection {
    /// One message that came.
    struct Arrival: Hashable, Sendable {
        /// What `acknowledge` needs.
        var tag: UInt64
        /// The message's `type`: `incident` or `heartbeat`.
        var type: String
        /// The message's `message_id`.
        var id: String
        var body: [UInt8]
    }

    /// Asks for what the queues hold, at most 256 unacknowledged at one time.
    func consume(_ queues: [String]) throws(RabbitMQFailure) {
        _ = amqp_basic_qos(state, RabbitMQConnection.channel, 0, 256, 0)
        try check("asking for messages")
        for queue in queues {
            _ = amqp_basic_consume(state, RabbitMQConnection.channel, texts[queue], amqp_empty_bytes, 0, 0, 0, amqp_empty_table)
            try check("asking for the messages of \"\(queue)\"")
        }
    }

    /// Waits for the next message.
    ///
    /// - Returns: nil when none came within `milliseconds`.
    func next(milliseconds: Int) throws(RabbitMQFailure) -> Arrival? {
        var envelope = amqp_envelope_t(), limit = timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
        amqp_maybe_release_buffers(state)
        let reply = amqp_consume_message(state, &envelope, &limit, 0)
        guard reply.reply_type == AMQP_RESPONSE_NORMAL else {
            if reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION, reply.library_error == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            // Anything else, a cancelled consumer among it, ends this connection: the queues are looked for anew.
            throw RabbitMQFailure(status: reply.library_error, doing: "waiting for messages")
        }
        defer { amqp_destroy_envelope(&envelope) }
        let properties = envelope.message.properties, body = envelope.message.body
        return Arrival(
            tag: envelope.delivery_tag, type: AMQPTexts.text(properties.type), id: AMQPTexts.text(properties.message_id),
            body: Array(UnsafeRawBufferPointer(start: body.bytes, count: body.len)))
    }

    /// Says that the message is taken: the broker forgets it.
    func acknowledge(_ tag: UInt64) throws(RabbitMQFailure) {
        let status = amqp_basic_ack(state, RabbitMQConnection.channel, tag, 0)
        guard status == 0 else { throw RabbitMQFailure(status: status, doing: "acknowledging") }
    }
}
