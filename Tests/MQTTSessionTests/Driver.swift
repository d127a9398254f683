import CareModel
import Foundation
import Glibc
import MQTTSession

/// Drives one session by hand, as the gateway's loop does, and keeps what came.
final class Driver {
    let session: MQTTSession
    let wake = Wake()
    var messages: [Message] = []
    var changes: [MQTTSession.Change] = []
    var largestBurst = 0
    /// false: read, and never acknowledge.
    var acknowledges = true

    init(_ configuration: SessionConfiguration, filters: [String] = []) throws {
        session = try MQTTSession(configuration, wake: wake, random: { 0 })
        session.setFilters(filters)
        session.start()
    }

    convenience init(_ broker: TestBroker, _ name: String, filters: [String] = [], persistent: Bool = true) throws {
        let configuration = SessionConfiguration(host: "127.0.0.1", port: broker.port, clientID: name, isPersistent: persistent)
        try self.init(configuration, filters: filters)
    }

    /// Turns the loop until `condition` holds; false after `seconds`.
    @discardableResult
    func turn(seconds: Double = 15, max: Int = Limits.messagesPerTurnMax, until condition: () -> Bool) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while !condition() {
            guard Date() < end else { return false }
            session.tick()
            var descriptors = [pollfd(fd: wake.fileDescriptor, events: Int16(POLLIN), revents: 0)]
            if let descriptor = session.fileDescriptor {
                descriptors.append(pollfd(fd: descriptor, events: Int16(session.wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0))
            }
            poll(&descriptors, nfds_t(descriptors.count), 20)
            if descriptors[0].revents != 0 { wake.clear() }
            session.tick()
            let count = session.readBurst(max: max, into: &messages)
            largestBurst = Swift.max(largestBurst, count)
            if acknowledges { session.acknowledge() }
            changes += session.takeChanges()
        }
        return true
    }

    @discardableResult
    func turnUntilReady() -> Bool { turn { session.isSubscribed && changes.contains { if case .resumed = $0 { true } else { false } } } }

    var resumes: [Bool] { changes.compactMap { if case .resumed(let isPresent) = $0 { isPresent } else { nil } } }
    var failures: [SessionFailure] { changes.compactMap { if case .failed(let failure) = $0 { failure } else { nil } } }
    var losses: [SessionFailure] { changes.compactMap { if case .lost(let failure) = $0 { failure } else { nil } } }
}
