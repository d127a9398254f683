import CareModel
import Foundation
import Hummingbird
import Logging
import NIOCore

/// What a route knows about its request besides the request.
struct ServingContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Ends the connection from outside.
    let hangUp: @Sendable () -> Void
    /// Has something done, maybe twice, once the client has closed its side or the connection is over.
    let whenOver: @Sendable (@escaping @Sendable () -> Void) -> Void
    /// The peer's address as the socket tells it; a proxy's, where one stands before the hub.
    let address: String
    /// Set by `Guard` for every route that isn't open.
    var principal: Principal?
    /// How the principal came in: `.page` with a cookie, else `.http` or `.commandLine`.
    var via: Via = .http
    /// The cookie's session, for closing it.
    var session: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        hangUp = { [channel = source.channel] in channel.close(mode: .all, promise: nil) }
        whenOver = { [channel = source.channel] act in
            channel.eventLoop.execute { try? channel.pipeline.syncOperations.addHandler(Farewell(act), position: .first) }
            channel.closeFuture.whenComplete { _ in act() }
        }
        address = source.channel.remoteAddress?.ipAddress ?? "local"
    }

    /// Who asks; a route that was reached without one is a fault of the route table.
    func caller() throws -> Principal {
        guard let principal else { throw ErrorAnswer.unauthorised }
        return principal
    }

    /// A path parameter, percent-decoded.
    func parameter(_ name: String) throws -> String {
        guard let text = parameters.get(name)?.removingPercentEncoding, !text.isEmpty else { throw ErrorAnswer.notFound }
        return text
    }

    func incidentID(_ name: String = "id") throws -> IncidentID {
        let text = try parameter(name)
        // Only the canonical form is an identifier; the guard also keeps numbers inside what the model prints.
        guard text.utf8.count <= Limits.identifierBytesMax, let id = IncidentID(text), id.number <= UInt64(Int64.max), id.description == text else {
            throw ErrorAnswer(.notFound, Refusal.unknownIncident.name, "no such incident")
        }
        return id
    }

    func homeID(_ name: String) throws -> HomeID { HomeID(try bounded(name, ErrorAnswer.unseen(.home(name)))) }
    func residentID(_ name: String) throws -> ResidentID { ResidentID(try bounded(name, ErrorAnswer.unseen(.resident(name)))) }

    private func bounded(_ name: String, _ otherwise: ErrorAnswer) throws -> String {
        let text = try parameter(name)
        guard text.utf8.count <= Limits.identifierBytesMax else { throw otherwise }
        return text
    }

    func deviceID(_ name: String = "id") throws -> DeviceID {
        try DeviceID.checked(parameter(name), field: name)
    }

    func queueName() throws -> QueueName {
        let text = try parameter("queue")
        let isName = text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
        guard isName, text.utf8.count <= Limits.identifierBytesMax else { throw ErrorAnswer(.notFound, "unknown_queue", "no such queue") }
        if let own = try caller().queue, own.text != text { throw ErrorAnswer.forbidden }
        return QueueName(text)
    }

    func deliveryKey() throws -> DeliveryKey {
        let queue = try queueName()
        let text = try parameter("key")
        guard text.utf8.count <= 2 * Limits.identifierBytesMax, let key = DeliveryKey(text), key.queue == queue,
              key.incident.number <= UInt64(Int64.max), key.description == text else {
            throw ErrorAnswer(.notFound, "unknown_delivery", "no such delivery in this queue")
        }
        return key
    }
}

extension DeviceID {
    static func checked(_ text: String, field: String) throws -> DeviceID {
        guard (1...Limits.identifierBytesMax).contains(text.utf8.count), text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
            throw ErrorAnswer.invalid(field, "must be 1...\(Limits.identifierBytesMax) bytes")
        }
        return DeviceID(text)
    }
}

/// Hears that a client has closed its side: the connection itself stays half open until somebody writes to it.
private final class Farewell: ChannelInboundHandler {
    typealias InboundIn = Any

    private let act: @Sendable () -> Void

    init(_ act: @escaping @Sendable () -> Void) { self.act = act }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { act() }
        context.fireUserInboundEventTriggered(event)
    }
}
