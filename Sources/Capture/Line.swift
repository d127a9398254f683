import CareModel
import Logging
import MQTTSession

/// One link of the intake: its session, when it is drained, and what it subscribes.
final class Line {
    /// Topics of the hub's own drain markers; they are nobody's messages.
    static let markerPrefix = "vigil/link/"

    let link: Link
    let session: MQTTSession
    private(set) var status = LinkStatus()
    private var drain = DrainWatch()
    private let marker: String
    private var sawMarker = false
    private let memory: SubscriptionMemory?
    private var filters: [String]
    private let logger: Logger

    init(
        _ link: Link, _ configuration: SessionConfiguration, filters: [String], memoryFolder: String?, wake: Wake, logger: Logger,
        random: @escaping () -> UInt64
    ) throws(SessionFailure) {
        self.link = link
        self.filters = filters
        marker = "\(Line.markerPrefix)\(configuration.user ?? configuration.clientID)/drained"
        session = try MQTTSession(configuration, link: link, wake: wake, random: random)
        memory = memoryFolder.map { SubscriptionMemory(path: "\($0)/subscriptions-\(link.name)", session: configuration.clientID) }
        var logger = logger
        logger[metadataKey: "link"] = .string(link.name)
        self.logger = logger
        session.setFilters(filters + [marker], held: memory?.filters())
    }

    /// Takes new filters at a reload of the configuration.
    func setFilters(_ new: [String]) {
        guard new != filters else { return }
        filters = new
        session.setFilters(new + [marker])
    }

    /// Appends up to `max` messages.
    func read(max: Int, into messages: inout [Message]) {
        let start = messages.count
        let wasClean = session.unacknowledgedCount == 0
        guard session.readBurst(max: max, into: &messages) > 0 else { return }
        var index = start
        while index < messages.count {
            let topic = messages[index].topic
            // The first byte spares most topics the comparison.
            if topic.utf8.first == UInt8(ascii: "v"), topic.hasPrefix(Line.markerPrefix) {
                messages.remove(at: index)
                if topic == marker { sawMarker = true }
            } else {
                index += 1
            }
        }
        // Nobody commits the marker.
        if wasClean, messages.count == start { session.acknowledge() }
        if drain.isWaiting { drain.noteMessages(at: monotonicMicroseconds()) }
    }

    /// Translates what happened to the session since the last look.
    func report(into burst: inout Burst) {
        for change in session.takeChanges() {
            switch change {
            case .resumed(let isSessionPresent):
                (status.isConnected, status.isDrained, status.lastFailure) = (true, false, nil)
                status.refusedFilters = []
                sawMarker = false
                drain.resume(at: monotonicMicroseconds())
                burst.opening.append(LinkChange(link: link, change: .resumed(isSessionPresent: isSessionPresent)))
                logger.notice("connected to the broker", metadata: ["session_present": "\(isSessionPresent)"])
            case .lost(let failure):
                (status.isConnected, status.isDrained, status.lastFailure) = (false, false, failure)
                drain.stop()
                burst.closing.append(LinkChange(link: link, change: .lost))
                logger.warning("connection to the broker lost: \(failure)", metadata: ["code": "\(failure.code)"])
            case .failed(let failure):
                if status.lastFailure != failure { logger.warning("no session with the broker: \(failure)", metadata: ["code": "\(failure.code)"]) }
                status.lastFailure = failure
            case .subscribed:
                memory?.keep(filters + [marker])
                sendMarker()
            case .subscriptionRefused(let filter, let reason):
                if !status.refusedFilters.contains(filter) { status.refusedFilters.append(filter) }
                logger.error("the broker refused to subscribe \(filter): \(reason.cause)")
            }
        }
        if drain.isDrained(sawMarker: sawMarker, at: monotonicMicroseconds()) {
            status.isDrained = true
            burst.closing.append(LinkChange(link: link, change: .drained))
        }
    }

    /// The earlier of what the session and the drain watch wait for.
    var nextLookAt: Int64 { min(session.nextTickAt, drain.nextLookAt ?? .max) }

    private func sendMarker() {
        guard drain.isWaiting else { return }
        do {
            try session.publish(topic: marker, payload: []) { [weak self] outcome in
                if outcome != .accepted { self?.drain.markerRefused() }
            }
            drain.markerLeft()
        } catch {
            logger.debug("no drain marker: \(error)")
        }
    }
}
