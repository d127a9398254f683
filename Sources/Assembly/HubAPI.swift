import AsyncHTTPClient
import CareModel
import Foundation
import NIOCore
import NIOPosix
import Settings

/// The API of a live hub on this machine, for the command line.
public struct HubAPI: Sendable {
    private let base: String
    private let token: String

    /// - Throws: when the data folder has no token: then no hub was ever started there.
    public init(configurationPath: String) throws {
        let settings = HubSettings.lookUp(configurationPath, environment: ProcessInfo.processInfo.environment)
        let folder = Gateway.absolute(settings.dataFolder)
        guard let token = AccessToken.read(folder) else {
            throw Gateway.StartFailure(description: "no hub was started with the data folder \(folder) yet: start one with \"vigil run\"")
        }
        let host = settings.http.bind == "0.0.0.0" ? "127.0.0.1" : settings.http.bind
        (base, self.token) = ("http://\(host):\(settings.http.port)", token.text)
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

        fileprivate var json: Any {
            switch self {
            case .text(let text): text
            case .number(let number): number
            case .list(let list): list
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
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(70))
            let bytes = try await response.body.collect(upTo: 64 << 20)
            guard (200..<300).contains(response.status.code) else { throw Refused(status: Int(response.status.code), body: String(buffer: bytes)) }
            return Array(bytes.readableBytesView)
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
        let response = try await HTTPClient.shared.execute(request, timeout: .hours(1))
        guard (200..<300).contains(response.status.code) else {
            throw Refused(status: Int(response.status.code), body: String(buffer: try await response.body.collect(upTo: 1 << 20)))
        }
        for try await block in response.body { take(Array(block.readableBytesView)) }
    }

    /// A path segment with everything escaped that isn't plain.
    public static func escaped(_ segment: String) -> String {
        segment.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? segment
    }
}
