import CMosquitto
import Glibc

/// Which filters the session should hold, and which it is known to hold at the broker.
struct SubscriptionState {
    var desired: [String] = []
    /// nil: unknown, because an earlier process made them.
    var held: [String]?
    /// Requests without an answer yet.
    var open: [Int32: [String]] = [:]

    mutating func forgetOpenRequests() {
        // Half-answered requests leave the broker's state unknown.
        if !open.isEmpty { (open, held) = ([:], nil) }
    }
}

extension MQTTSession {
    /// Filters in one SUBSCRIBE packet: far below any broker's packet limit.
    static var filtersPerRequestMax: Int { 64 }

    /// Sets what to subscribe with QoS 1; takes effect at once when connected, else after connecting.
    ///
    /// - Parameters:
    ///   - filters: each once.
    ///   - held: what an earlier process left subscribed in this persistent session, if that is known; then only the
    ///     difference is sent.
    public func setFilters(_ filters: [String], held: [String]? = nil) {
        subscriptions.desired = filters
        if let held, subscriptions.held == nil { subscriptions.held = held }
        if isConnected { subscribe(isSessionPresent: true) }
    }

    /// Whether every filter has been granted or refused.
    public var isSubscribed: Bool { isConnected && subscriptions.open.isEmpty && subscriptions.held == subscriptions.desired }

    func subscribe(isSessionPresent: Bool) {
        if !isSessionPresent { subscriptions.held = [] }
        let held = subscriptions.held
        let gone = (held ?? []).filter { !subscriptions.desired.contains($0) }
        for filter in gone { mosquitto_unsubscribe(handle.pointer, nil, filter) }
        let missing = subscriptions.desired.filter { held?.contains($0) != true }
        guard !missing.isEmpty else {
            subscriptions.held = subscriptions.desired
            changes.append(.subscribed)
            return
        }
        // A session that is still there has had every change of a retained state queued: only new filters get theirs.
        let options = isSessionPresent ? Int32(MQTT_SUB_OPT_SEND_RETAIN_NEW.rawValue) : 0
        var index = 0
        while index < missing.count {
            let end = min(index + MQTTSession.filtersPerRequestMax, missing.count)
            request(Array(missing[index..<end]), options)
            index = end
        }
    }

    private func request(_ filters: [String], _ options: Int32) {
        var copies: [UnsafeMutablePointer<CChar>?] = filters.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var mid: Int32 = 0
        let code = mosquitto_subscribe_multiple(handle.pointer, &mid, Int32(copies.count), &copies, 1, options, nil)
        if code == 0 {
            subscriptions.open[mid] = filters
        } else {
            for filter in filters { changes.append(.subscriptionRefused(filter: filter, .topicFilterInvalid)) }
        }
    }

    func takeSubscribeAnswers() {
        for (mid, reasons) in inbox.subscribeAnswers {
            guard let filters = subscriptions.open.removeValue(forKey: mid) else { continue }
            for (filter, reason) in zip(filters, reasons) where reason >= 0x80 {
                changes.append(.subscriptionRefused(filter: filter, ReasonCode(reason)))
            }
        }
        inbox.subscribeAnswers.removeAll(keepingCapacity: true)
        guard subscriptions.open.isEmpty, subscriptions.held != subscriptions.desired else { return }
        subscriptions.held = subscriptions.desired
        changes.append(.subscribed)
    }
}
