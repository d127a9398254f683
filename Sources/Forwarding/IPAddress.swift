import Glibc

/// An IPv4 or IPv6 address, and what kind of network it belongs to.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16, most significant first.
    public let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads the one usual form: four decimals without leading zeros, or what RFC 4291 allows, without a zone.
    public init?(_ text: String) {
        var four = in_addr(), sixteen = in6_addr()
        if !text.contains(":") {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts.allSatisfy({ $0 == "0" || (!$0.hasPrefix("0") && (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { (48...57).contains($0) }) }),
                  inet_pton(AF_INET, text, &four) == 1 else { return nil }
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else {
            guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
            bytes = withUnsafeBytes(of: &sixteen) { Array($0) }
        }
    }

    public var description: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The IPv4 address that an IPv6 one stands for: mapped (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96), 6to4 (2002::/16).
    public var embedded: IPAddress? {
        guard bytes.count == 16 else { return nil }
        let zeros = bytes.prefix(10).allSatisfy { $0 == 0 }
        if zeros, bytes[10] == 0xFF, bytes[11] == 0xFF { return IPAddress(bytes: Array(bytes[12...])) }
        if zeros, bytes[10] == 0, bytes[11] == 0, !bytes[12...14].allSatisfy({ $0 == 0 }) { return IPAddress(bytes: Array(bytes[12...])) }
        if bytes.prefix(12).elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return IPAddress(bytes: Array(bytes[12...])) }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return IPAddress(bytes: Array(bytes[2...5])) }
        return nil
    }
}

/// A range of addresses, written `192.168.7.0/24`.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    public let first: IPAddress
    public let bits: Int

    /// Nil when it is no range, or when bits behind its length are set.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = IPAddress(String(parts[0])), let bits = Int(parts[1]), String(bits) == parts[1],
              (0...first.bytes.count * 8).contains(bits) else { return nil }
        (self.first, self.bits) = (first, bits)
        for bit in bits..<first.bytes.count * 8 where first.bytes[bit / 8] >> UInt8(7 - bit % 8) & 1 == 1 { return nil }
    }

    public var description: String { "\(first)/\(bits)" }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == first.bytes.count else { return false }
        return (0..<bits).allSatisfy { bit in
            let mask = UInt8(1) << UInt8(7 - bit % 8)
            return address.bytes[bit / 8] & mask == first.bytes[bit / 8] & mask
        }
    }

    public func contains(_ other: AddressRange) -> Bool { other.bits >= bits && contains(other.first) }
}
