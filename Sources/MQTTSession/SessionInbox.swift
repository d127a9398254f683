import CareModel
import CMosquitto
import Glibc

/// What libmosquitto's callbacks leave behind; touched only by the thread that drives the handle.
///
/// It is an object of its own, retained by the handle, so that a connection that is still being made when its
/// session goes away has something to write to.
final class SessionInbox {
    let link: Link
    var messages: [Message] = []
    /// CONNACK: reason and session-present flag.
    var connectAnswer: (reason: Int32, isSessionPresent: Bool)?
    /// Code of `on_disconnect`: libmosquitto's (under 0x80) or MQTT's.
    var disconnectCode: Int32?
    var publishAnswers: [(mid: Int32, reason: Int32)] = []
    var subscribeAnswers: [(mid: Int32, reasons: [Int32])] = []
    /// libmosquitto's last complaint, for the failure's text.
    var lastComplaint = ""

    init(link: Link) { self.link = link }

    static func of(_ pointer: UnsafeMutableRawPointer?) -> SessionInbox? {
        pointer.map { Unmanaged<SessionInbox>.fromOpaque($0).takeUnretainedValue() }
    }
}

// Callbacks are global functions: a closure formed inside a MainActor-isolated `main` dies with SIGILL.

func sessionDidConnect(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ reason: Int32, _ flags: Int32, _: OpaquePointer?) {
    SessionInbox.of(context)?.connectAnswer = (reason, flags & 1 == 1)
}

func sessionDidDisconnect(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ code: Int32, _: OpaquePointer?) {
    SessionInbox.of(context)?.disconnectCode = code
}

/// The hot path: one String and one array a message, both copied from libmosquitto's own buffers once.
func sessionDidReceive(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ message: UnsafePointer<mosquitto_message>?) {
    guard let context, let message, let topic = message.pointee.topic else { return }
    let inbox = Unmanaged<SessionInbox>.fromOpaque(context).takeUnretainedValue()
    let bytes = UnsafeRawBufferPointer(start: message.pointee.payload, count: Int(message.pointee.payloadlen))
    inbox.messages.append(Message(
        link: inbox.link, topic: String(cString: topic), qos: UInt8(truncatingIfNeeded: message.pointee.qos),
        isRetained: message.pointee.retain, payload: [UInt8](bytes)))
}

func sessionDidPublish(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ mid: Int32, _ reason: Int32, _: OpaquePointer?) {
    SessionInbox.of(context)?.publishAnswers.append((mid, reason))
}

func sessionDidSubscribe(
    _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ mid: Int32, _ count: Int32,
    _ granted: UnsafePointer<Int32>?, _: OpaquePointer?
) {
    let reasons = granted.map { Array(UnsafeBufferPointer(start: $0, count: Int(count))) } ?? []
    SessionInbox.of(context)?.subscribeAnswers.append((mid, reasons))
}

func sessionDidLog(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ level: Int32, _ text: UnsafePointer<CChar>?) {
    guard level == MOSQ_LOG_ERR || level == MOSQ_LOG_WARNING, let text, let inbox = SessionInbox.of(context) else { return }
    inbox.lastComplaint = String(cString: text)
}
