@testable import Decoding

enum BinaryTarget: FuzzTarget {
    static func run(_ input: [UInt8]) {}
}
