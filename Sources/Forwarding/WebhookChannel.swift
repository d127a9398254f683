import AsyncHTTPClient
import CareModel
import Foundation
import NIOCore
import Synchronization

/// Posts each delivery to a receiver's URL, signed after the Standard Webhooks scheme.
///
/// 2xx with its whole answer counts as delivered. 4xx is a refusal for good, but for 408, 425 and 429; everything else is tried
/// again with the same `webhook-id`, so that a receiver whose answer got lost knows the delivery.
public final class WebhookChannel: Channel {
    /// What is read of an answer; the rest is left.
    static let answerBytesMax = 65_536
    /// The longest rest that a receiver may ask for.
    static let restSecondsMax = 600

    public var commands: AsyncStream<Command> { received.stream }
    private let received = ReceivedCommands()
    private let source: CommandSource?
    private let onFault: @Sendable (CommandDocument.Fault) -> Void
    private let configuration: WebhookConfiguration
    private let contentType: String
    private let line: WebhookLine
    private let rest = Mutex<ContinuousClock.Instant?>(nil)
    private let now: @Sendable () -> Int

    /// - Parameters:
    ///   - source: whose commands stand in the answers; nil = none are taken.
    ///   - onFault: told of each command that can't be read.
    ///   - now: seconds since 1970.
    public convenience init(
        _ configuration: WebhookConfiguration, contentType: String = "application/json", source: CommandSource? = nil,
        onFault: @escaping @Sendable (CommandDocument.Fault) -> Void = { _ in }, now: @escaping @Sendable () -> Int = { time(nil) }
    ) {
        self.init(configuration, contentType: contentType, line: WebhookLine(configuration), source: source, onFault: onFault, now: now)
    }

    init(
        _ configuration: WebhookConfiguration, contentType: String, line: WebhookLine, source: CommandSource? = nil,
        onFault: @escaping @Sendable (CommandDocument.Fault) -> Void = { _ in }, now: @escaping @Sendable () -> Int
    ) {
        (self.configuration, self.contentType, self.line, self.now) = (configuration, contentType, line, now)
        (self.source, self.onFault) = (source, onFault)
    }

    public func answer(_ id: CommandID, _ outcome: CommandOutcome?) { received.answer(id, outcome) }

    public var restsUntil: ContinuousClock.Instant? { rest.withLock { $0 } }

    /// Ends its connections.
    public func stop() {
        received.finish()
        Task { await line.close() }
    }

    public func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        guard let secrets = WebhookSecret.read(configuration.secretFile) else {
            let reason = DeliveryOutcome.delayed("\(WebhookReason.secret.rawValue): \(configuration.secretFile) must hold 1 to \(WebhookSecret.secretsMax) secrets, one a line")
            return Dictionary(batch.map { ($0.key, reason) }) { first, _ in first }
        }
        return await withTaskGroup(of: (DeliveryKey, DeliveryOutcome).self) { group in
            for parcel in batch { group.addTask { (parcel.key, await self.post(parcel.key.description, parcel.body, secrets, about: parcel.key.incident)) } }
            var outcomes: [DeliveryKey: DeliveryOutcome] = [:]
            for await (key, outcome) in group { outcomes[key] = outcome }
            return outcomes
        }
    }

    /// Receivers of JSON get it under a `webhook-id` of its own; to others it would be a document that they can't read.
    public func beat(_ heartbeat: Heartbeat) async -> DeliveryOutcome? {
        guard contentType == "application/json", let secrets = WebhookSecret.read(configuration.secretFile) else { return nil }
        return await post(heartbeat.id, heartbeat.json, secrets)
    }

    private func post(_ id: String, _ body: [UInt8], _ secrets: [WebhookSecret], about incident: IncidentID? = nil) async -> DeliveryOutcome {
        do {
            let client = try await line.open()
            let seconds = now()
            var request = HTTPClientRequest(url: configuration.target.url)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: contentType)
            request.headers.add(name: "User-Agent", value: "vigil")
            request.headers.add(name: "webhook-id", value: id)
            request.headers.add(name: "webhook-timestamp", value: String(seconds))
            request.headers.add(name: "webhook-signature", value: WebhookSecret.header(secrets, id: id, seconds: seconds, body: body))
            request.headers.add(name: "Idempotency-Key", value: id)
            request.body = .bytes(ByteBuffer(bytes: body))
            let (response, answer) = try await asked(request, of: client)
            let outcome = outcome(Int(response.status.code), response.headers.first(name: "Retry-After"), answer)
            guard outcome == .confirmed, let incident, let source else { return outcome }
            return await carryOut(CommandDocument.list(inAnswer: answer, about: incident), source)
        } catch let error as AddressGuard.Refusal {
            return .delayed("\(WebhookReason.forbiddenAddress.rawValue): \(configuration.target.host): \(error)")
        } catch let error as HTTPClientError where [.deadlineExceeded, .readTimeout].contains(error) {
            return .delayed("\(WebhookReason.unanswered.rawValue): no answer within \(configuration.timeoutSeconds) s")
        } catch {
            await line.doubt()
            return .delayed("\(WebhookReason.unreachable.rawValue): \(configuration.target.host):\(configuration.target.port): \(error)")
        }
    }

    /// One deadline for the whole: a receiver that sends a byte a second, or stops in the middle, is no better than one that hangs. The client's own
    /// deadline ends with the head of the answer; without this one such a delivery would hold its place for good.
    private func asked(_ request: HTTPClientRequest, of client: HTTPClient) async throws -> (HTTPClientResponse, [UInt8]) {
        let seconds = configuration.timeoutSeconds
        return try await withThrowingTaskGroup(of: (HTTPClientResponse, [UInt8]).self) { group in
            defer { group.cancelAll() }
            group.addTask {
                let response = try await client.execute(request, deadline: .now() + .seconds(Int64(seconds)))
                var answer: [UInt8] = []
                for try await part in response.body {
                    answer.append(contentsOf: part.readableBytesView.prefix(WebhookChannel.answerBytesMax - answer.count))
                    if answer.count >= WebhookChannel.answerBytesMax { break }
                }
                return (response, answer)
            }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw HTTPClientError.deadlineExceeded
            }
            guard let first = try await group.next() else { throw HTTPClientError.deadlineExceeded }
            return first
        }
    }

    /// Lets what the receiver answered be carried out, before its delivery counts: a command that could not be is asked for again with it.
    private func carryOut(_ list: [Result<CommandDocument, CommandDocument.Fault>], _ source: CommandSource) async -> DeliveryOutcome {
        for one in list {
            switch one {
            case .failure(let fault): onFault(fault)
            case .success(let document):
                let outcome: CommandOutcome? = await withCheckedContinuation { continuation in
                    received.take(document.command(from: source, via: .webhook)) { continuation.resume(returning: $0) }
                }
                if outcome == nil { return .delayed("\(WebhookReason.command.rawValue): the hub could not carry out what the receiver answered") }
            }
        }
        return .confirmed
    }

    private func outcome(_ status: Int, _ retryAfter: String?, _ answer: [UInt8]) -> DeliveryOutcome {
        switch status {
        case 200..<300:
            return .confirmed
        case 300..<400:
            return .delayed("\(WebhookReason.redirected.rawValue): \(status): a redirect is not followed; write the receiver's own address")
        case 408, 425, 429, 500...:
            if status == 429 || status == 503, let seconds = retryAfter.flatMap({ WebhookChannel.seconds(retryAfter: $0, now: now()) }) {
                rest.withLock { $0 = .now + .seconds(seconds) }
                return .delayed("\(WebhookReason.busy.rawValue): \(status): again in \(seconds) s")
            }
            return .delayed("\(WebhookReason.busy.rawValue): \(status)")
        case 400..<500:
            return .deadLettered("\(WebhookReason.rejected.rawValue): \(status) \(WebhookChannel.words(answer))".trimmingCharacters(in: .whitespaces))
        default:
            return .delayed("\(WebhookReason.busy.rawValue): \(status)")
        }
    }

    /// Seconds to wait, 1...`restSecondsMax`; nil when it is neither a number nor a date of HTTP.
    static func seconds(retryAfter text: String, now: Int) -> Int? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) { return max(1, min(restSecondsMax, Int(text) ?? restSecondsMax)) }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = formatter.date(from: text) else { return nil }
        return max(1, min(restSecondsMax, Int(date.timeIntervalSince1970) - now))
    }

    /// What a receiver said about its refusal, for a person: one line, short, without control characters.
    static func words(_ answer: [UInt8]) -> String {
        let text = String(decoding: answer.prefix(400), as: UTF8.self).unicodeScalars.map { $0.properties.generalCategory == .control || $0.properties.generalCategory == .format ? " " : Character($0) }
        return String(text.prefix(160))
    }
}
