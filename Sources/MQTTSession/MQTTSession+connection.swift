import CMosquitto
import Glibc

/// From an attempt to connect to the loss of the connection, and every call that writes.
extension MQTTSession {
    func dial() {
        (inbox.connectAnswer, inbox.disconnectCode, inbox.lastComplaint) = (nil, nil, "")
        let dial = Dial(handle, configuration, wake: wake)
        state = .dialling(dial)
        dial.start()
    }

    func finish(_ outcome: Dial.Outcome, _ now: Int64) {
        if isClosing {
            isClosing = false
            state = .idle
            let descriptor = mosquitto_socket(handle.pointer)
            if descriptor >= 0 { shutdown(descriptor, Int32(SHUT_RDWR)) }
            return
        }
        if let cause = outcome.probe {
            return lose(.unreachable(host: configuration.host, port: configuration.port, cause: cause))
        }
        guard outcome.code == 0 else {
            inbox.disconnectCode = nil
            if outcome.code == ReturnCode.systemError.rawValue {
                let cause = String(cString: strerror(outcome.errorNumber))
                return lose(.unreachable(host: configuration.host, port: configuration.port, cause: cause))
            }
            return lose(.library(ReturnCode(outcome.code), detail: inbox.lastComplaint))
        }
        state = .awaitingAnswer(until: now + Int64(configuration.connectSecondsMax) * 1_000_000)
        write(isMany: false)
    }

    func write(isMany: Bool) {
        guard let descriptor = fileDescriptor else { return }
        // One segment for a burst's acknowledgements instead of one each: libmosquitto writes packet by packet.
        if isMany { setCork(descriptor, 1) }
        let code = mosquitto_loop_write(handle.pointer, 1)
        if isMany, code == 0 { setCork(descriptor, 0) }
        settle(code)
    }

    func setCork(_ descriptor: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    func isReadable(_ descriptor: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) == 1
    }

    /// Looks at what a call of libmosquitto returned and what its callbacks left.
    func settle(_ code: Int32) {
        if let answer = inbox.connectAnswer {
            inbox.connectAnswer = nil
            welcome(answer)
        }
        if !inbox.subscribeAnswers.isEmpty { takeSubscribeAnswers() }
        if !inbox.publishAnswers.isEmpty { takePublishAnswers() }
        if let ended = inbox.disconnectCode {
            inbox.disconnectCode = nil
            guard code == 0 || ended >= 0x80 else { return lose(.library(ReturnCode(code), detail: inbox.lastComplaint)) }
            lose(ended >= 0x80 ? .ended(ReasonCode(ended)) : .library(ReturnCode(ended == 0 ? ReturnCode.connectionLost.rawValue : ended), detail: inbox.lastComplaint))
        } else if code != 0 {
            lose(.library(ReturnCode(code), detail: inbox.lastComplaint))
        }
    }

    func welcome(_ answer: (reason: Int32, isSessionPresent: Bool)) {
        guard case .awaitingAnswer = state else { return }
        guard answer.reason == 0 else {
            if let descriptor = fileDescriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
            return lose(.refused(ReasonCode(answer.reason)))
        }
        state = .connected
        lastFailure = nil
        connectedAt = monotonicMicroseconds()
        nextMiscAt = connectedAt + 1_000_000
        changes.append(.resumed(isSessionPresent: answer.isSessionPresent))
        subscribe(isSessionPresent: answer.isSessionPresent)
    }

    func lose(_ failure: SessionFailure) {
        switch state {
        case .idle, .waiting: return
        case .connected: changes.append(.lost(failure))
        case .dialling, .awaitingAnswer: changes.append(.failed(failure))
        }
        let now = monotonicMicroseconds()
        // Withheld messages are no fault of the broker's: once there is room again, an SOS waits for the first step only.
        if isConnected, now - connectedAt > 30_000_000 || failure == .withheld { backOff.reset() }
        lastFailure = failure
        unacknowledgedCount = 0
        subscriptions.forgetOpenRequests()
        state = .waiting(until: now + backOff.next(word: random()))
    }
}
