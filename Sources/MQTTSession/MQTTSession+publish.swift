import CMosquitto

/// What became of a publish.
public enum PublishOutcome: Hashable, Sendable {
    /// The broker has it and at least one subscriber is to get it. For QoS 0: it left.
    case accepted
    /// The broker took it and threw it away, because nobody subscribes: not delivered.
    case noSubscribers
    case refused(ReasonCode)
    /// The session ended before an answer came: it may have arrived or not.
    case abandoned

    init(_ reason: Int32) {
        switch ReasonCode(reason) {
        case .success: self = .accepted
        case .noMatchingSubscribers: self = .noSubscribers
        case let code: self = code.isFailure ? .refused(code) : .accepted
        }
    }
}

extension MQTTSession {
    /// Publishes that wait for the broker's answer.
    public var publishesInFlight: Int { completions.count }

    /// Queues a publish; it leaves at the next `flush` or `acknowledge`.
    ///
    /// - Parameters:
    ///   - qos: 0 or 1.
    ///   - completion: called once, inside `readBurst`, `flush`, `acknowledge` or `tick`, on the owner's thread. A lost
    ///     connection doesn't end the wait: the publish is sent again under the same packet identifier.
    /// - Throws: `.notConnected`, `.windowFull`, or libmosquitto's code for a topic or payload that MQTT doesn't allow.
    public func publish(
        topic: String, payload: [UInt8], qos: Int = 1, retain: Bool = false, completion: ((PublishOutcome) -> Void)? = nil
    ) throws(SessionFailure) {
        guard isConnected else { throw .notConnected }
        guard completions.count < configuration.publishWindow else { throw .windowFull(limit: configuration.publishWindow) }
        var mid: Int32 = 0
        let code = payload.withUnsafeBytes {
            mosquitto_publish_v5(handle.pointer, &mid, topic, Int32($0.count), $0.baseAddress, Int32(qos), retain, nil)
        }
        guard code == 0 else { throw .library(ReturnCode(code), detail: topic) }
        completions[mid] = completion ?? { _ in }
    }

    func takePublishAnswers() {
        let answers = inbox.publishAnswers
        inbox.publishAnswers.removeAll(keepingCapacity: true)
        for (mid, reason) in answers { completions.removeValue(forKey: mid)?(PublishOutcome(reason)) }
    }

    func abandonCompletions() {
        let open = completions
        completions.removeAll()
        for mid in open.keys.sorted() { open[mid]?(.abandoned) }
    }
}
