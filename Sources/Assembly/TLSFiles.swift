import CareModel
import Foundation
import NIOSSL
import Settings

/// The certificates and keys that hub.yaml names: looked at before anything listens or connects with them.
enum TLSFiles {
    /// Every file that can't be read, holds something else, or doesn't fit its partner.
    static func check(_ settings: HubSettings, _ problems: inout Problems) {
        if let tls = settings.http.tls { _ = server(tls, "http.tls", &problems) }
        if let listener = settings.broker.tlsListener {
            _ = server(listener.server, "tls_listener", &problems)
            if let file = listener.deviceCA { _ = certificates(file, "tls_listener.device_ca", listener.server.place.place, &problems) }
        }
        guard let tls = settings.broker.tls, !settings.broker.isManaged else { return }
        _ = certificates(tls.ca, "ca of the broker", tls.place.place, &problems)
        if let certificate = tls.certificate, let key = tls.key {
            _ = server(.init(certificate: certificate, key: key, place: tls.place), "tls of the broker", &problems)
        }
    }

    /// What a queue of the care network needs to reach its receiver.
    static func check(authority: String, certificate: String?, key: String?, _ what: String, _ place: Place, _ problems: inout Problems) {
        _ = certificates(authority, what + ".ca", place, &problems)
        if let certificate, let key { _ = server(.init(certificate: certificate, key: key, place: SettingPlace(place)), what, &problems) }
    }

    /// A file whose first line is a password.
    static func checkSecret(_ file: String, _ what: String, _ place: Place, _ problems: inout Problems) {
        guard let bytes = read(file, what, place, &problems), bytes.first.map({ $0 == 10 || $0 == 13 }) == true else { return }
        problems.add("tls.unreadable", at: place, "\(what): the first line of \(file) is empty; it must be the password")
    }

    /// A server's own side, TLS 1.2 and later.
    static func server(_ files: HubSettings.ServerCertificate, _ what: String, _ problems: inout Problems) -> TLSConfiguration? {
        let place = files.place.place
        let chain = certificates(files.certificate, what + ".certificate", place, &problems)
        let key = read(files.key, what + ".key", place, &problems).flatMap { bytes -> NIOSSLPrivateKey? in
            do {
                return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
            } catch {
                problems.add("tls.malformed", at: place, "\(what).key: \(files.key) is no private key in PEM form without a password")
                return nil
            }
        }
        guard let chain, let key else { return nil }
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        do {
            _ = try NIOSSLContext(configuration: configuration)
            return configuration
        } catch {
            problems.add("tls.mismatch", at: place, "\(what): the key \(files.key) does not belong to the first certificate of \(files.certificate)")
            return nil
        }
    }

    /// Settings with which a hub can start when files went bad since its configuration was accepted: what has no usable
    /// certificate is not offered to the network, and what remains is for this machine alone.
    static func usable(_ settings: HubSettings) -> (settings: HubSettings, notes: [String]) {
        var usable = settings, notes: [String] = []
        var problems = Problems()
        if let tls = settings.http.tls, server(tls, "http.tls", &problems) == nil {
            (usable.http.tls, usable.http.bind) = (nil, "127.0.0.1")
            notes.append("the HTTP server listens on 127.0.0.1 without TLS")
        }
        if let listener = settings.broker.tlsListener {
            let before = problems.list.count
            _ = server(listener.server, "tls_listener", &problems)
            if let file = listener.deviceCA { _ = certificates(file, "tls_listener.device_ca", listener.server.place.place, &problems) }
            if problems.list.count > before {
                usable.broker.tlsListener = nil
                notes.append("the broker listens on 127.0.0.1 alone")
            }
        }
        return (usable, problems.list.map(\.description) + notes)
    }

    private static func certificates(_ file: String, _ what: String, _ place: Place, _ problems: inout Problems) -> [NIOSSLCertificate]? {
        guard let bytes = read(file, what, place, &problems) else { return nil }
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty else {
            problems.add("tls.malformed", at: place, "\(what): \(file) holds no certificate in PEM form")
            return nil
        }
        return chain
    }

    private static func read(_ file: String, _ what: String, _ place: Place, _ problems: inout Problems) -> [UInt8]? {
        let size = ((try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? NSNumber)?.intValue ?? 0
        guard size <= Limits.configurationFileBytesMax, let data = FileManager.default.contents(atPath: file), !data.isEmpty else {
            problems.add("tls.unreadable", at: place, "\(what): the file \(file) can't be read or is empty; scripts/certificates makes such files")
            return nil
        }
        return Array(data)
    }
}
