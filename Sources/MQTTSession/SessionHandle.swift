import CareModel
import CMosquitto

/// Owns one `struct mosquitto` with its inbox: made with every setting that must stand before it connects.
final class SessionHandle {
    let pointer: OpaquePointer
    private let inbox: Unmanaged<SessionInbox>

    init(_ configuration: SessionConfiguration, inbox: SessionInbox) throws(SessionFailure) {
        guard MQTTLibrary.isReady else { throw .library(.unknown, detail: "libmosquitto can't be initialised") }
        guard configuration.receiveMaximum >= 500 else { throw .configuration("receiveMaximum must be at least 500") }
        guard (1...65_535).contains(configuration.publishWindow) else { throw .configuration("publishWindow must be 1...65535") }
        guard (5...65_535).contains(configuration.keepAliveSeconds) else { throw .configuration("keepAliveSeconds must be 5...65535") }
        let retained = Unmanaged.passRetained(inbox)
        guard let made = mosquitto_new(configuration.clientID, !configuration.isPersistent, retained.toOpaque()) else {
            retained.release()
            throw .configuration("the client identifier \"\(configuration.clientID)\" is not valid")
        }
        (pointer, self.inbox) = (made, retained)
        do {
            try configure(configuration)
        } catch {
            destroy()
            throw error
        }
    }

    /// Once, by the last user; nothing may use the handle afterwards.
    func destroy() {
        mosquitto_destroy(pointer)
        inbox.release()
    }

    private func configure(_ c: SessionConfiguration) throws(SessionFailure) {
        try check(mosquitto_int_option(pointer, MOSQ_OPT_PROTOCOL_VERSION, Int32(MQTT_PROTOCOL_V5)), "MQTT 5")
        try check(mosquitto_int_option(pointer, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY")
        try check(mosquitto_int_option(pointer, MOSQ_OPT_RECEIVE_MAXIMUM, Int32(c.receiveMaximum)), "receive maximum")
        try check(mosquitto_int_option(pointer, MOSQ_OPT_SEND_MAXIMUM, Int32(c.publishWindow)), "send maximum")
        // The one call that makes commit-then-acknowledge possible: reads only queue acknowledgements.
        try check(mosquitto_threaded_set(pointer, true), "queued acknowledgements")
        if let user = c.user {
            try check(mosquitto_username_pw_set(pointer, user, c.password), "user and password")
        }
        if let tls = c.tls {
            let code = mosquitto_tls_set(pointer, tls.authorityFile, nil, tls.certificateFile, tls.keyFile, nil)
            try check(code, "a TLS file can't be read: \(tls.authorityFile), \(tls.certificateFile ?? "no certificate"), \(tls.keyFile ?? "no key")")
            // Debian's 2.0.11 would otherwise agree to TLS 1.1.
            try check(mosquitto_tls_opts_set(pointer, 1, "tlsv1.2", nil), "TLS 1.2 or newer")
        }
        mosquitto_connect_v5_callback_set(pointer, sessionDidConnect)
        mosquitto_disconnect_v5_callback_set(pointer, sessionDidDisconnect)
        mosquitto_message_callback_set(pointer, sessionDidReceive)
        mosquitto_publish_v5_callback_set(pointer, sessionDidPublish)
        mosquitto_subscribe_v5_callback_set(pointer, sessionDidSubscribe)
        mosquitto_log_callback_set(pointer, sessionDidLog)
    }

    private func check(_ code: Int32, _ what: String) throws(SessionFailure) {
        guard code == 0 else { throw .library(ReturnCode(code), detail: what) }
    }
}
