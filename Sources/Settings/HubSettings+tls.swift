import CareModel

extension HubSettings {
    /// Reads `broker.tls`: what the hub needs to reach a broker that is not its own.
    static func brokerTLS(_ reader: inout MappingReader, _ path: (String) -> String, _ problems: inout Problems) -> TLS? {
        guard let node = reader.optional("tls") else { return nil }
        var tls = MappingReader(node, "the TLS files", &problems)
        let ca = tls.string("ca", &problems).map(path)
        let certificate = tls.optional("certificate"), key = tls.optional("key")
        if (certificate == nil) != (key == nil) {
            problems.add("config.contradiction", at: (certificate ?? key ?? node).place, "\"certificate\" and \"key\" belong together; write both or neither")
        }
        tls.finish(&problems)
        return TLS(
            ca: ca ?? "", certificate: certificate?.string("certificate", &problems).map(path), key: key?.string("key", &problems).map(path),
            place: SettingPlace(node.place))
    }

    /// Reads `broker.tls_listener`.
    static func tlsListener(_ reader: inout MappingReader, _ path: (String) -> String, _ problems: inout Problems) -> TLSListener? {
        guard let node = reader.optional("tls_listener") else { return nil }
        var inner = MappingReader(node, "the broker's TLS listener", &problems)
        let bind = inner.string("bind", default: "0.0.0.0", &problems)
        let port = inner.int("port", in: 1...65_535, default: 8_883, &problems)
        let server = serverCertificate(&inner, node.place, path, &problems)
        let deviceCA = inner.optional("device_ca")?.string("device_ca", &problems).map(path)
        inner.finish(&problems)
        return server.map { TLSListener(bind: bind, port: port, server: $0, deviceCA: deviceCA) }
    }

    /// Reads `http.tls`.
    static func httpTLS(_ reader: inout MappingReader, _ path: (String) -> String, _ problems: inout Problems) -> ServerCertificate? {
        guard let node = reader.optional("tls") else { return nil }
        var inner = MappingReader(node, "the TLS files of the HTTP server", &problems)
        let server = serverCertificate(&inner, node.place, path, &problems)
        inner.finish(&problems)
        return server
    }

    private static func serverCertificate(_ reader: inout MappingReader, _ place: Place, _ path: (String) -> String, _ problems: inout Problems) -> ServerCertificate? {
        let certificate = reader.string("certificate", &problems), key = reader.string("key", &problems)
        guard let certificate, let key else { return nil }
        return ServerCertificate(certificate: path(certificate), key: path(key), place: SettingPlace(place))
    }
}
