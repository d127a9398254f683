import CRabbitMQ
import CareModel
import Glibc

/// One connection to a RabbitMQ broker with one channel in confirm mode. librabbitmq blocks: a thread of its own uses it, and no other.
final class RabbitMQConnection {
    /// What the broker said without being asked.
    enum Occurrence: Hashable {
        case confirmed(tag: UInt64, upTo: Bool)
        /// The broker could not store it.
        case notStored(tag: UInt64, upTo: Bool)
        /// No queue took it; its confirm follows all the same.
        case returned(messageID: String, reason: String)
        case blocked(String)
        case unblocked
    }

    static let channel: amqp_channel_t = 1
    private static let frameBytesMax: Int32 = 131_072

    private let configuration: RabbitMQConfiguration
    let state: amqp_connection_state_t
    let texts = AMQPTexts()
    private var lastTag: UInt64 = 0
    private var isOpen = false
    /// The return whose header and body are being read.
    private var returning: (reason: String, bodyLeft: UInt64)?

    /// Connects, logs in, sees to the queue, and asks for confirms. Takes seconds at worst, `answerSecondsMax` each step.
    ///
    /// - Parameters:
    ///   - queues: nil for a publisher; else it asks for what these queues hold instead of for confirms.
    ///   - takesCommands: sees to the queues of commands and answers too.
    init(_ configuration: RabbitMQConfiguration, consuming queues: [String]? = nil, takesCommands: Bool = false) throws(RabbitMQFailure) {
        self.configuration = configuration
        guard let state = amqp_new_connection() else { throw RabbitMQFailure(.library, "no memory for a connection") }
        self.state = state
        do throws(RabbitMQFailure) {
            try open(consuming: queues, takesCommands: takesCommands)
        } catch {
            amqp_destroy_connection(state)
            throw error
        }
    }

    deinit {
        if isOpen { amqp_destroy_connection(state) }
    }

    /// For `poll`.
    var descriptor: Int32 { amqp_get_sockfd(state) }

    /// Ends it; politely when the broker still listens.
    func close(politely: Bool) {
        guard isOpen else { return }
        isOpen = false
        if politely {
            var limit = timeval(tv_sec: 1, tv_usec: 0)
            amqp_set_rpc_timeout(state, &limit)
            _ = amqp_connection_close(state, 200)
        }
        amqp_destroy_connection(state)
    }

    // MARK: - Opening

    private func open(consuming queues: [String]?, takesCommands: Bool) throws(RabbitMQFailure) {
        var limit = timeval(tv_sec: configuration.answerSecondsMax, tv_usec: 0)
        let socket = try newSocket()
        var status = amqp_socket_open_noblock(socket, configuration.host, Int32(configuration.port), &limit)
        guard status == 0 else { throw RabbitMQFailure(status: status, doing: "no connection to \(configuration.host):\(configuration.port)") }
        status = amqp_set_handshake_timeout(state, &limit)
        if status == 0 { status = amqp_set_rpc_timeout(state, &limit) }
        guard status == 0 else { throw RabbitMQFailure(status: status, doing: "setting time limits") }
        isOpen = true
        do throws(RabbitMQFailure) {
            try logIn()
            _ = amqp_channel_open(state, RabbitMQConnection.channel)
            try check("opening a channel")
            try seeToTopology()
            if takesCommands { try seeToCommands(configuration) }
            if let queues { return try consume(queues) }
            _ = amqp_confirm_select(state, RabbitMQConnection.channel)
            try check("asking for confirms")
        } catch {
            isOpen = false
            throw error
        }
    }

    private func newSocket() throws(RabbitMQFailure) -> OpaquePointer {
        guard let tls = configuration.tls else {
            guard let socket = amqp_tcp_socket_new(state) else { throw RabbitMQFailure(.library, "no memory for a socket") }
            return socket
        }
        guard let socket = amqp_ssl_socket_new(state) else { throw RabbitMQFailure(.library, "no memory for a TLS socket") }
        var status = amqp_ssl_socket_set_cacert(socket, tls.authorityFile)
        if status == 0, let certificate = tls.certificateFile, let key = tls.keyFile { status = amqp_ssl_socket_set_key(socket, certificate, key) }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, 1)
        if status == 0 { status = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) }
        guard status == 0 else { throw RabbitMQFailure(status: status, doing: "the TLS files") }
        return socket
    }

    private func logIn() throws(RabbitMQFailure) {
        guard let password = RabbitMQConnection.firstLine(of: configuration.passwordFile) else {
            throw RabbitMQFailure(.refused, "the password file \(configuration.passwordFile) can't be read or is empty")
        }
        // Without the first of these the broker never says that it is blocked.
        let capabilities = texts.table([vigil_amqp_yes(texts["connection.blocked"]), vigil_amqp_yes(texts["basic.nack"]), vigil_amqp_yes(texts["publisher_confirms"])])
        var properties = texts.table([
            vigil_amqp_text(texts["connection_name"], texts["vigil"]), vigil_amqp_table(texts["capabilities"], capabilities),
        ])
        let reply = vigil_amqp_login(
            state, configuration.virtualHost, RabbitMQConnection.frameBytesMax, Int32(configuration.heartbeatSeconds), &properties, configuration.user, password)
        try check(reply, "logging in")
    }

    private func seeToTopology() throws(RabbitMQFailure) {
        let c = configuration, channel = RabbitMQConnection.channel
        let queue = texts[c.queue], exchange = texts[c.exchange], dead = texts[c.deadName]
        guard c.topology == .declare else {
            if !c.exchange.isEmpty {
                _ = amqp_exchange_declare(state, channel, exchange, texts["direct"], 1, 1, 0, 0, amqp_empty_table)
                try check("looking for the exchange \"\(c.exchange)\"")
            }
            _ = amqp_queue_declare(state, channel, queue, 1, 1, 0, 0, amqp_empty_table)
            return try check("looking for the queue \"\(c.queue)\"")
        }
        let quorum = vigil_amqp_text(texts["x-queue-type"], texts["quorum"])
        _ = amqp_exchange_declare(state, channel, dead, texts["fanout"], 0, 1, 0, 0, amqp_empty_table)
        try check("declaring the dead-letter exchange \"\(c.deadName)\"")
        _ = amqp_queue_declare(state, channel, dead, 0, 1, 0, 0, texts.table([quorum]))
        try check("declaring the dead-letter queue \"\(c.deadName)\"")
        _ = amqp_queue_bind(state, channel, dead, dead, texts[""], amqp_empty_table)
        try check("binding the dead-letter queue \"\(c.deadName)\"")
        if !c.exchange.isEmpty {
            _ = amqp_exchange_declare(state, channel, exchange, texts["direct"], 0, 1, 0, 0, amqp_empty_table)
            try check("declaring the exchange \"\(c.exchange)\"")
        }
        // A full queue must say so instead of dropping its oldest, and a dead letter is confirmed before it leaves.
        let arguments = texts.table([
            quorum, vigil_amqp_text(texts["x-dead-letter-exchange"], dead), vigil_amqp_text(texts["x-overflow"], texts["reject-publish"]),
            vigil_amqp_text(texts["x-dead-letter-strategy"], texts["at-least-once"]),
        ])
        _ = amqp_queue_declare(state, channel, queue, 0, 1, 0, 0, arguments)
        try check("declaring the queue \"\(c.queue)\"")
        // Beside the incidents: nobody's alarm waits behind signs of life, and those that nobody takes don't pile up.
        let beats = texts[c.heartbeatName]
        let kept = texts.table([quorum, vigil_amqp_number(texts["x-max-length"], RabbitMQConfiguration.heartbeatsKept), vigil_amqp_text(texts["x-overflow"], texts["drop-head"])])
        _ = amqp_queue_declare(state, channel, beats, 0, 1, 0, 0, kept)
        try check("declaring the queue \"\(c.heartbeatName)\"")
        guard !c.exchange.isEmpty else { return }
        for (name, key) in [(queue, c.routingKey), (beats, c.routingKey + ".heartbeat")] {
            _ = amqp_queue_bind(state, channel, name, exchange, texts[key], amqp_empty_table)
            try check("binding the queue \"\(AMQPTexts.text(name))\"")
        }
    }

    func check(_ what: String) throws(RabbitMQFailure) { try check(amqp_get_rpc_reply(state), what) }

    private func check(_ reply: amqp_rpc_reply_t, _ what: String) throws(RabbitMQFailure) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION: throw RabbitMQConnection.closed(reply.reply, what)
        default: throw RabbitMQFailure(status: reply.library_error, doing: what)
        }
    }

    private static func closed(_ method: amqp_method_t, _ what: String) -> RabbitMQFailure {
        guard let decoded = method.decoded else { return RabbitMQFailure(.unreachable, what) }
        switch method.id {
        case VIGIL_AMQP_CHANNEL_CLOSE.rawValue:
            let close = decoded.load(as: amqp_channel_close_t.self)
            return RabbitMQFailure(replyCode: close.reply_code, text: what + ": " + AMQPTexts.text(close.reply_text))
        case VIGIL_AMQP_CONNECTION_CLOSE.rawValue:
            let close = decoded.load(as: amqp_connection_close_t.self)
            return RabbitMQFailure(replyCode: close.reply_code, text: what + ": " + AMQPTexts.text(close.reply_text))
        default:
            return RabbitMQFailure(.unreachable, what)
        }
    }

    // MARK: - Working

    /// Hands one message to the broker.
    ///
    /// - Parameter isHeartbeat: it goes to the queue of signs of life; where there is none the broker drops it.
    /// - Returns: the number under which its confirm comes.
    /// - Note: blocks while the broker reads nothing; `shutdown` of `descriptor` from another thread ends that.
    func publish(_ body: [UInt8], id: String, priority: UInt8, contentType: String, isHeartbeat: Bool) throws(RabbitMQFailure) -> UInt64 {
        var properties = amqp_basic_properties_t()
        properties._flags = UInt32(
            AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_PRIORITY_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG
                | AMQP_BASIC_APP_ID_FLAG)
        properties.content_type = texts[contentType]
        properties.delivery_mode = 2
        properties.priority = priority
        properties.type = texts[isHeartbeat ? "heartbeat" : "incident"]
        properties.app_id = texts["vigil"]
        let exchange = texts[configuration.exchange], routingKey = texts[configuration.routingKey + (isHeartbeat ? ".heartbeat" : "")]
        let status = Array(id.utf8).withUnsafeBytes { idBytes in
            body.withUnsafeBytes { bytes in
                properties.message_id = AMQPTexts.bytes(idBytes)
                return amqp_basic_publish(state, RabbitMQConnection.channel, exchange, routingKey, isHeartbeat ? 0 : 1, 0, &properties, AMQPTexts.bytes(bytes))
            }
        }
        guard status == 0 else { throw RabbitMQFailure(status: status, doing: "publishing") }
        lastTag += 1
        return lastTag
    }

    /// Reads all that has come, and gives a sign of life when one is due; never waits.
    func read(into occurrences: inout [Occurrence]) throws(RabbitMQFailure) {
        while true {
            var frame = amqp_frame_t(), now = timeval()
            let status = amqp_simple_wait_frame_noblock(state, &frame, &now)
            if status == AMQP_STATUS_TIMEOUT.rawValue { break }
            guard status == 0 else { throw RabbitMQFailure(status: status, doing: "reading") }
            switch Int32(frame.frame_type) {
            case AMQP_FRAME_METHOD: try note(frame.payload.method, &occurrences)
            case AMQP_FRAME_HEADER: noteHeader(frame, &occurrences)
            case AMQP_FRAME_BODY: noteBody(frame.payload.body_fragment.len)
            default: break
            }
        }
        amqp_maybe_release_buffers(state)
    }

    private func note(_ method: amqp_method_t, _ occurrences: inout [Occurrence]) throws(RabbitMQFailure) {
        guard let decoded = method.decoded else { return }
        switch method.id {
        case VIGIL_AMQP_ACK.rawValue:
            let ack = decoded.load(as: amqp_basic_ack_t.self)
            occurrences.append(.confirmed(tag: ack.delivery_tag, upTo: ack.multiple != 0))
        case VIGIL_AMQP_NACK.rawValue:
            let nack = decoded.load(as: amqp_basic_nack_t.self)
            occurrences.append(.notStored(tag: nack.delivery_tag, upTo: nack.multiple != 0))
        case VIGIL_AMQP_RETURN.rawValue:
            let back = decoded.load(as: amqp_basic_return_t.self)
            returning = ("\(back.reply_code) \(AMQPTexts.text(back.reply_text)): nothing is bound to \"\(configuration.routingKey)\"", 0)
        case VIGIL_AMQP_BLOCKED.rawValue:
            occurrences.append(.blocked(AMQPTexts.text(decoded.load(as: amqp_connection_blocked_t.self).reason)))
        case VIGIL_AMQP_UNBLOCKED.rawValue:
            occurrences.append(.unblocked)
        case VIGIL_AMQP_CHANNEL_CLOSE.rawValue, VIGIL_AMQP_CONNECTION_CLOSE.rawValue:
            throw RabbitMQConnection.closed(method, "the broker closed")
        default:
            break
        }
    }

    private func noteHeader(_ frame: amqp_frame_t, _ occurrences: inout [Occurrence]) {
        guard let reason = returning?.reason, let decoded = frame.payload.properties.decoded else { return }
        let properties = decoded.load(as: amqp_basic_properties_t.self)
        occurrences.append(.returned(messageID: AMQPTexts.text(properties.message_id), reason: reason))
        let size = frame.payload.properties.body_size
        returning = size > 0 ? (reason, size) : nil
    }

    private func noteBody(_ count: Int) {
        guard let left = returning?.bodyLeft else { return }
        if left <= UInt64(count) { returning = nil } else { returning?.bodyLeft = left - UInt64(count) }
    }

    private static func firstLine(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 1_024)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
        let line = String(decoding: buffer.prefix { $0 != 0 && $0 != 10 && $0 != 13 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return line.isEmpty ? nil : line
    }
}

/// Texts and tables that librabbitmq reads for as long as their connection lives.
final class AMQPTexts {
    private var known: [String: amqp_bytes_t] = [:]
    private var tables: [UnsafeMutablePointer<amqp_table_entry_t>] = []

    deinit {
        for bytes in known.values { bytes.bytes?.deallocate() }
        for table in tables { table.deallocate() }
    }

    subscript(_ text: String) -> amqp_bytes_t {
        if let found = known[text] { return found }
        let utf8 = Array(text.utf8)
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, utf8.count), alignment: 1)
        copy.copyMemory(from: utf8, byteCount: utf8.count)
        let bytes = amqp_bytes_t(len: utf8.count, bytes: copy)
        known[text] = bytes
        return bytes
    }

    func table(_ entries: [amqp_table_entry_t]) -> amqp_table_t {
        let copy = UnsafeMutablePointer<amqp_table_entry_t>.allocate(capacity: max(1, entries.count))
        copy.initialize(from: entries, count: entries.count)
        tables.append(copy)
        return amqp_table_t(num_entries: Int32(entries.count), entries: copy)
    }

    static func bytes(_ buffer: UnsafeRawBufferPointer) -> amqp_bytes_t {
        amqp_bytes_t(len: buffer.count, bytes: UnsafeMutableRawPointer(mutating: buffer.baseAddress))
    }

    static func text(_ bytes: amqp_bytes_t) -> String {
        String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}
