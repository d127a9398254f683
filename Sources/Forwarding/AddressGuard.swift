/// Decides whether a hub may connect to an address that a configured name or URL led to.
///
/// A hub stands inside somebody's network: who can make it send requests anywhere can reach what the network hides. Ranges after
/// the IANA registries of special-purpose addresses (RFC 6890 and its successors).
public struct AddressGuard: Hashable, Sendable {
    /// Why an address is refused.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        public var address: IPAddress
        public var why: String
        public var description: String { "\(address) is \(why)" }
    }

    /// Ranges of the station's own network that are allowed all the same; each lies inside one of `privateRanges`.
    public var allowed: [AddressRange]

    public init(allowed: [AddressRange] = []) { self.allowed = allowed }

    /// Refused unless `allowed` has them.
    static let privateRanges = ranges([
        ("10.0.0.0/8", "private"), ("172.16.0.0/12", "private"), ("192.168.0.0/16", "private"), ("127.0.0.0/8", "this machine"),
        ("100.64.0.0/10", "a provider's inner network"), ("fc00::/7", "private"), ("::1/128", "this machine"),
    ])

    /// Refused always: nobody's receiver is there, and a cloud's metadata service is.
    static let forbiddenRanges = ranges([
        ("0.0.0.0/8", "no address of a receiver"), ("169.254.0.0/16", "link-local, where metadata services are"), ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"), ("192.88.99.0/24", "a 6to4 relay"), ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"), ("203.0.113.0/24", "for documentation"), ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"), ("fd00:ec2::254/128", "a metadata service"), ("100.100.100.200/32", "a metadata service"),
    ])

    /// The only part of IPv6 that is the internet.
    static let globalRange = range("2000::/3")

    /// Parts of it that are not.
    static let specialRanges = ranges([("2001::/23", "reserved for protocols"), ("2001:db8::/32", "for documentation"), ("3fff::/20", "for documentation")])

    /// - Throws: why the hub must not connect there. An IPv6 address that stands for an IPv4 one is judged as that one.
    public func check(_ address: IPAddress) throws(Refusal) {
        if let embedded = address.embedded {
            do { try check(embedded) } catch { throw Refusal(address: address, why: "another way to write \(embedded), which is \(error.why)") }
            return
        }
        if let found = AddressGuard.forbiddenRanges.first(where: { $0.0.contains(address) }) { throw Refusal(address: address, why: found.1) }
        if allowed.contains(where: { $0.contains(address) }) { return }
        if let found = AddressGuard.privateRanges.first(where: { $0.0.contains(address) }) {
            throw Refusal(address: address, why: found.1 + ", and allow_private doesn't name it")
        }
        guard address.bytes.count == 16 else { return }
        if let found = AddressGuard.specialRanges.first(where: { $0.0.contains(address) }) { throw Refusal(address: address, why: found.1) }
        if AddressGuard.globalRange?.contains(address) != true { throw Refusal(address: address, why: "outside the internet") }
    }

    /// Whether `address` is of the station's own network.
    public func isOwn(_ address: IPAddress) -> Bool { allowed.contains { $0.contains(address.embedded ?? address) } }

    private static func range(_ text: String) -> AddressRange? { AddressRange(text) }
    private static func ranges(_ rows: [(String, String)]) -> [(AddressRange, String)] {
        rows.compactMap { row in AddressRange(row.0).map { ($0, row.1) } }
    }
}
