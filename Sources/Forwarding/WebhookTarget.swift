/// Where a webhook is: a URL that can be read in one way only.
///
/// Two programs that read one odd URL differently are how a check is passed by: so what is odd is refused, and the request is made
/// from these parts, never from the text.
public struct WebhookTarget: Hashable, Sendable {
    public var isSecure: Bool
    /// In lower case; an IPv6 address without its brackets.
    public var host: String
    public var port: Int
    /// Begins with `/`; with its query.
    public var path: String
    /// Set when the host is an address.
    public var address: IPAddress?

    public static let bytesMax = 2_048

    public struct Odd: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String
        init(_ text: String) { description = text }
    }

    public init(_ text: String) throws(Odd) {
        guard (1...WebhookTarget.bytesMax).contains(text.utf8.count) else { throw Odd("a URL has 1 to \(WebhookTarget.bytesMax) bytes") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { throw Odd("only plain ASCII without spaces and \\; write a Chinese name in its xn-- form") }
        guard !text.contains("#") else { throw Odd("no # in it") }
        let rest: Substring
        if text.hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst(7))
        } else {
            throw Odd("it must begin with https://")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest.dropFirst(authority.count)
        path = tail.hasPrefix("/") ? String(tail) : "/" + tail
        guard !authority.contains("@") else { throw Odd("no user or password in it") }
        guard !authority.contains("%") else { throw Odd("no % in its host") }
        var name = authority, portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw Odd("a [ without its ]") }
            name = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw Odd("only a port may follow ]") }
            portText = after.isEmpty ? nil : after.dropFirst()
            guard name.contains(":"), let found = IPAddress(String(name)) else { throw Odd("[\(name)] is no IPv6 address") }
            (address, host) = (found, found.description)
        } else {
            if let colon = authority.firstIndex(of: ":") { (name, portText) = (authority[..<colon], authority[authority.index(after: colon)...]) }
            host = name.lowercased()
            try WebhookTarget.check(host: host)
            let last = host.split(separator: ".").last ?? ""
            if last.utf8.allSatisfy({ (48...57).contains($0) }) || last.hasPrefix("0x") {
                guard let found = IPAddress(host) else { throw Odd("\(host) is no address in its usual form: four decimal numbers from 0 to 255") }
                address = found
            }
        }
        if let portText {
            guard let number = Int(portText), String(number) == portText, (1...65_535).contains(number) else { throw Odd("\"\(portText)\" is no port") }
            port = number
        } else {
            port = isSecure ? 443 : 80
        }
    }

    private static func check(host: String) throws(Odd) {
        guard (1...253).contains(host.utf8.count) else { throw Odd("its host has 1 to 253 characters") }
        guard !host.hasSuffix(".") else { throw Odd("no . at the end of its host") }
        for label in host.split(separator: ".", omittingEmptySubsequences: false) {
            let isPlain = (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
            guard isPlain else { throw Odd("\"\(label)\" is no part of a host's name") }
        }
    }

    /// The URL as it is requested.
    public var url: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(name):\(port)\(path)"
    }
}
