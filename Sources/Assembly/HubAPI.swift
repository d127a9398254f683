import AsyncHTTPClient
import CareModel
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Settings

/// The API of a live hub on this machine, for the command line.
public struct HubAPI: Sendable {
    private let base: String
    private let token: String
    /// How the hub is known; nil = plain HTTP.
    private let tls: TLSConfiguration?

    /// - Throws: when the data folder has no token: then no hub was ever started there.
    public init(configurationPath: String) throws {
        let settings = HubSettings.lookUp(configurationPath, environment: ProcessInfo.processInfo.environment)
        let folder = Gateway.absolute(settings.dataFolder)
        guard let token = AccessToken.read(folder) else {
            throw Gateway.StartFailure(description: "no hub was started with the data folder \(folder) yet: start one with \"vigil run\"")
        }
        let host = settings.http.bind == "0.0.0.0" ? "127.0.0.1" : settings.http.bind
        (base, self.token) = ("\(settings.http.tls == nil ? "http" : "https")://\(host):\(settings.http.port)", token.text)
        tls = try settings.http.tls.map { server in
            // The hub's own file beside the system's authorities; its name is another one than the address of this machine.
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(server.certificate))]
            tls.certificateVerification = .noHostnameVerification
            return tls
        }
    }

    private func execute<T>(_ request: HTTPClientRequest, timeout: TimeAmount, _ body: (HTTPClientResponse) async throws -> T) async throws -> T {
        guard let tls else { return try await body(try await HTTPClient.shared.execute(request, timeout: timeout)) }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(tlsConfiguration: tls))
        let result: Result<T, any Error>
        do { result = .success(try await body(try await client.execute(request, timeout: timeout))) } catch { result = .failure(error) }
        try? await client.shutdown()
        return try result.get()
    }

    /// An answer other than success.
    public struct Refused: Error, CustomStringConvertible {
        public let status: Int
        public let body: String
        public var description: String { "the hub answered \(status): \(body)" }
    }

    /// One member of a POST's body.
    public enum Member: Hashable, Sendable {
        case text(String)
        case number(Int)
        case list([String])
        case flag(Bool)

        fileprivate var json: Any {
            switch self {
            case .text(let text): text
            case .number(let number): number
            case .list(let list): list
            case .flag(let flag): flag
            }
        }
    }

    /// - Parameter body: JSON members of a POST; nil = GET.
    /// - Returns: the answer's bytes.
    public func call(_ path: String, post body: [String: Member]? = nil) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: "Authorization", value: "Bearer " + token)
        if let body {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(try JSONSerialization.data(withJSONObject: body.mapValues(\.json), options: [.sortedKeys]))
        }
        do {
            return try await execute(request, timeout: .seconds(70)) { response in
                let bytes = try await response.body.collect(upTo: 64 << 20)
                guard (200..<300).contains(response.status.code) else { throw Refused(status: Int(response.status.code), body: String(buffer: bytes)) }
                return Array(bytes.readableBytesView)
            }
        } catch let error as HTTPClientError {
            throw Gateway.StartFailure(description: "no hub answers at \(base): \(error)")
        } catch let error as ChannelError {
            throw Gateway.StartFailure(description: "no hub answers at \(base): \(error)")
        } catch let error as NIOConnectionError {
            throw Gateway.StartFailure(description: "no hub answers at \(base): \(error)")
        }
    }

    /// Reads an answer of any length, a block at a time.
    public func stream(_ path: String, _ take: ([UInt8]) -> Void) async throws {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: "Authorization", value: "Bearer " + token)
        try await execute(request, timeout: .hours(1)) { response in
            guard (200..<300).contains(response.status.code) else {
                throw Refused(status: Int(response.status.code), body: String(buffer: try await response.body.collect(upTo: 1 << 20)))
            }
            for try await block in response.body { take(Array(block.readableBytesView)) }
        }
    }

    /// A path segment with everything escaped that isn't plain.
    public static func escaped(_ segment: String) -> String {
        segment.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? segment
    }
}
