import CRabbitMQ
import Foundation
import Glibc
import MQTTSession
import Synchronization

@testable import Forwarding

/// A care service on the other end: takes what its queue holds, acknowledges it, and comes back when the broker does.
final class RabbitConsumer: Sendable {
    struct Arrival: Hashable, Sendable {
        var id: String
        var body: String
        var isPersistent: Bool
        var contentType: String
    }

    private struct State {
        var arrivals: [Arrival] = []
        var isStopping = false
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let port: UInt16, queue: String

    init(port: UInt16, queue: String) {
        (self.port, self.queue) = (port, queue)
        startThread("consumer") { [self] in
            while !state.withLock({ $0.isStopping }) {
                consume()
                usleep(100_000)
            }
            state.withLock { $0.hasEnded = true }
        }
    }

    func stop() { state.withLock { $0.isStopping = true } }

    var arrivals: [Arrival] { state.withLock { $0.arrivals } }
    var count: Int { state.withLock { $0.arrivals.count } }

    /// One connection, from its beginning to its end.
    private func consume() {
        guard let connection = RabbitTool.open(port) else { return }
        defer { amqp_destroy_connection(connection) }
        queue.withCString { name in
            _ = amqp_basic_qos(connection, 1, 0, 500, 0)
            _ = amqp_basic_consume(connection, 1, amqp_cstring_bytes(name), amqp_empty_bytes, 0, 0, 0, amqp_empty_table)
        }
        guard amqp_get_rpc_reply(connection).reply_type == AMQP_RESPONSE_NORMAL else { return }
        while !state.withLock({ $0.isStopping }) {
            var envelope = amqp_envelope_t(), limit = timeval(tv_sec: 0, tv_usec: 200_000)
            amqp_maybe_release_buffers(connection)
            let reply = amqp_consume_message(connection, &envelope, &limit, 0)
            if reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION, reply.library_error == AMQP_STATUS_TIMEOUT.rawValue { continue }
            // A cancelled consumer (its queue was deleted) comes as an unexpected method: look for the queue again.
            guard reply.reply_type == AMQP_RESPONSE_NORMAL else { return }
            let properties = envelope.message.properties
            let arrival = Arrival(
                id: RabbitTool.text(properties.message_id), body: RabbitTool.text(envelope.message.body), isPersistent: properties.delivery_mode == 2,
                contentType: RabbitTool.text(properties.content_type))
            state.withLock { $0.arrivals.append(arrival) }
            let status = amqp_basic_ack(connection, 1, envelope.delivery_tag, 0)
            amqp_destroy_envelope(&envelope)
            guard status == 0 else { return }
        }
        _ = amqp_connection_close(connection, 200)
    }
}

/// What an operator does to a broker.
enum RabbitTool {
    static func text(_ bytes: amqp_bytes_t) -> String { String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self) }

    static func open(_ port: UInt16) -> amqp_connection_state_t? {
        guard let connection = amqp_new_connection() else { return nil }
        guard let socket = amqp_tcp_socket_new(connection), amqp_socket_open(socket, "127.0.0.1", Int32(port)) == 0 else {
            amqp_destroy_connection(connection)
            return nil
        }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        amqp_set_handshake_timeout(connection, &limit)
        amqp_set_rpc_timeout(connection, &limit)
        // So that a consumer whose queue is deleted hears of it.
        let texts = AMQPTexts()
        var properties = texts.table([vigil_amqp_table(texts["capabilities"], texts.table([vigil_amqp_yes(texts["consumer_cancel_notify"])]))])
        let reply = vigil_amqp_login(connection, "/", 131_072, 2, &properties, "guest", "guest")
        guard reply.reply_type == AMQP_RESPONSE_NORMAL, amqp_channel_open(connection, 1) != nil else {
            amqp_destroy_connection(connection)
            return nil
        }
        return connection
    }

    @discardableResult
    static func with(_ port: UInt16, _ body: (amqp_connection_state_t) -> Void) -> Bool {
        guard let connection = open(port) else { return false }
        defer { amqp_destroy_connection(connection) }
        body(connection)
        let isDone = amqp_get_rpc_reply(connection).reply_type == AMQP_RESPONSE_NORMAL
        _ = amqp_connection_close(connection, 200)
        return isDone
    }

    /// As a care service sends a command: persistent, to the default exchange.
    static func publish(_ body: String, to queue: String, port: UInt16) -> Bool {
        guard let connection = open(port) else { return false }
        defer { amqp_destroy_connection(connection) }
        let texts = AMQPTexts()
        // A queue that is not there yet: what goes to it is lost.
        _ = amqp_queue_declare(connection, 1, texts[queue], 1, 1, 0, 0, amqp_empty_table)
        guard amqp_get_rpc_reply(connection).reply_type == AMQP_RESPONSE_NORMAL else { return false }
        _ = amqp_confirm_select(connection, 1)
        guard amqp_get_rpc_reply(connection).reply_type == AMQP_RESPONSE_NORMAL else { return false }
        var properties = amqp_basic_properties_t()
        (properties._flags, properties.delivery_mode) = (UInt32(AMQP_BASIC_DELIVERY_MODE_FLAG), 2)
        let bytes = Array(body.utf8), name = texts[queue]
        let isSent = bytes.withUnsafeBytes { amqp_basic_publish(connection, 1, texts[""], name, 1, 0, &properties, AMQPTexts.bytes($0)) } == 0
        var frame = amqp_frame_t(), limit = timeval(tv_sec: 10, tv_usec: 0)
        let isConfirmed = isSent && amqp_simple_wait_frame_noblock(connection, &frame, &limit) == 0 && frame.payload.method.id == VIGIL_AMQP_ACK.rawValue
        _ = amqp_connection_close(connection, 200)
        return isConfirmed
    }

    static func deleteQueue(_ name: String, port: UInt16) -> Bool {
        with(port) { connection in _ = name.withCString { amqp_queue_delete(connection, 1, amqp_cstring_bytes($0), 0, 0) } }
    }

    /// A queue as somebody makes it who doesn't know what a hub needs.
    static func declareClassicQueue(_ name: String, port: UInt16) -> Bool {
        with(port) { connection in _ = name.withCString { amqp_queue_declare(connection, 1, amqp_cstring_bytes($0), 0, 1, 0, 0, amqp_empty_table) } }
    }
}
