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

    /// Gives the message to the dead letters of its queue.
    func reject(_ tag: UInt64) throws(RabbitMQFailure) {
        let status = amqp_basic_reject(state, RabbitMQConnection.channel, tag, 0)
        guard status == 0 else { throw RabbitMQFailure(status: status, doing: "refusing") }
    }

    /// Publishes what became of a command; a queue that nobody made takes nothing.
    func answer(_ body: [UInt8], to queue: String) throws(RabbitMQFailure) {
        var properties = amqp_basic_properties_t()
        properties._flags = UInt32(AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG)
        (properties.content_type, properties.delivery_mode) = (texts["application/json"], 2)
        (properties.type, properties.app_id) = (texts["answer"], texts["vigil"])
        let name = texts[queue]
        let status = body.withUnsafeBytes { amqp_basic_publish(state, RabbitMQConnection.channel, texts[""], name, 0, 0, &properties, AMQPTexts.bytes($0)) }
        guard status == 0 else { throw RabbitMQFailure(status: status, doing: "answering a command") }
    }

    /// The queues of commands and of their answers, beside the incidents' own.
    func seeToCommands(_ c: RabbitMQConfiguration) throws(RabbitMQFailure) {
        let channel = RabbitMQConnection.channel, commands = texts[c.commandsName], answers = texts[c.answersName]
        guard c.topology == .declare else {
            for name in [c.commandsName, c.answersName] {
                _ = amqp_queue_declare(state, channel, texts[name], 1, 1, 0, 0, amqp_empty_table)
                try check("looking for the queue \"\(name)\"")
            }
            return
        }
        let quorum = vigil_amqp_text(texts["x-queue-type"], texts["quorum"])
        let dead = texts.table([quorum, vigil_amqp_text(texts["x-dead-letter-exchange"], texts[c.deadName])])
        _ = amqp_queue_declare(state, channel, commands, 0, 1, 0, 0, dead)
        try check("declaring the queue \"\(c.commandsName)\"")
        let kept = texts.table([quorum, vigil_amqp_number(texts["x-max-length"], Int64(RabbitMQConfiguration.answersKept)), vigil_amqp_text(texts["x-overflow"], texts["drop-head"])])
        _ = amqp_queue_declare(state, channel, answers, 0, 1, 0, 0, kept)
        try check("declaring the queue \"\(c.answersName)\"")
    }

    /// Says that the message is taken: the broker forgets it.
    func acknowledge(_ tag: UInt64) throws(RabbitMQFailure) {
        let status = amqp_basic_ack(state, RabbitMQConnection.channel, tag, 0)
        guard status == 0 else { throw RabbitMQFailure(status: status, doing: "acknowledging") }
    }
}
