import AsyncHTTPClient
import CareModel
import Glibc
import MQTTSession
import NIOCore
import NIOSSL

/// The connections of one webhook. A name is looked up here, its addresses are checked, and the connection is made to the very
/// address that was checked: a name that answers differently the second time leads nowhere else.
actor WebhookLine {
    typealias Resolver = @Sendable (String) async throws -> [IPAddress]

    /// How long an answer of the name service is used.
    static let lookUpSecondsMax = 60

    struct Unreachable: Error, CustomStringConvertible { let description: String }

    private let configuration: WebhookConfiguration
    private let resolve: Resolver
    private var client: HTTPClient?
    /// What the client connects to.
    private(set) var address: IPAddress?
    private var freshUntil = ContinuousClock.now

    init(_ configuration: WebhookConfiguration, resolve: @escaping Resolver = WebhookLine.lookUp) {
        (self.configuration, self.resolve) = (configuration, resolve)
    }

    /// A client that connects to a checked address and nowhere else.
    ///
    /// - Throws: `AddressGuard.Refusal`, `Unreachable`, or what NIOSSL says about the authority's file.
    func open() async throws -> HTTPClient {
        if let client, ContinuousClock.now < freshUntil { return client }
        let found = try await checkedAddress()
        freshUntil = .now + .seconds(WebhookLine.lookUpSecondsMax)
        if let client, found == address { return client }
        let old = client
        client = nil
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)), decompression: .disabled)
        settings.httpVersion = .http1Only
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.parallel
        settings.connectionPool.retryConnectionEstablishment = false
        settings.dnsOverride = [configuration.target.host: found.description]
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let file = configuration.authorityFile { tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))] }
        settings.tlsConfiguration = tls
        let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        (client, address) = (made, found)
        if let old { Task { try? await old.shutdown() } }
        return made
    }

    /// The next request looks the name up again.
    func doubt() { freshUntil = .now }

    func close() async {
        let old = client
        (client, address) = (nil, nil)
        try? await old?.shutdown()
    }

    /// Every address that a name has must be allowed: which one the connection gets must not be a matter of luck.
    func checkedAddress() async throws -> IPAddress {
        let target = configuration.target
        let found = if let address = target.address { [address] } else { try await resolve(target.host) }
        guard let first = found.first else { throw Unreachable(description: "\(target.host) has no address") }
        for address in found {
            try configuration.guarding.check(address)
            if !target.isSecure, !configuration.guarding.isOwn(address) {
                throw AddressGuard.Refusal(address: address, why: "outside the station's own network, and http is for that alone")
            }
        }
        return first
    }

    /// Asks the system's resolver, on a thread of its own: it blocks.
    static let lookUp: Resolver = { name in
        try await withCheckedThrowingContinuation { continuation in
            startThread("vigil-lookup") {
                var hints = addrinfo(), list: UnsafeMutablePointer<addrinfo>?
                hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
                let code = getaddrinfo(name, nil, &hints, &list)
                guard code == 0 else {
                    continuation.resume(throwing: Unreachable(description: "\(name): \(String(cString: gai_strerror(code)))"))
                    return
                }
                defer { freeaddrinfo(list) }
                var found: [IPAddress] = []
                var entry = list
                while let info = entry?.pointee {
                    let raw = UnsafeRawPointer(info.ai_addr)
                    if info.ai_family == AF_INET, var address = raw?.load(as: sockaddr_in.self).sin_addr {
                        found.append(IPAddress(bytes: withUnsafeBytes(of: &address) { Array($0) }))
                    } else if info.ai_family == AF_INET6, var address = raw?.load(as: sockaddr_in6.self).sin6_addr {
                        found.append(IPAddress(bytes: withUnsafeBytes(of: &address) { Array($0) }))
                    }
                    entry = info.ai_next
                }
                continuation.resume(returning: found)
            }
        }
    }
}
