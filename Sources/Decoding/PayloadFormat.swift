import CareModel

/// How bytes become a document.
struct PayloadFormat: Hashable, Sendable {
    enum Sort: String, CaseIterable, Hashable, Sendable {
        /// An object or an array; a bare value is `text`.
        case json
        /// The payload itself, spaces around it removed.
        case text
        /// A bare number; anything else is a text.
        case number
        /// A bare value as JSON writes it, or else a text.
        case value
        /// Texts between separators.
        case csv
        case bytes
        case hex
        case base64
        case cbor
        case msgpack
        /// Sensor Measurement Lists with their base fields resolved.
        case senml
        case senmlCBOR = "senml_cbor"
        /// Sparkplug B, its metrics' names filled in by the adapter.
        case sparkplug
    }

    var sort: Sort
    var separator: UInt8 = 0x2C
    /// Bytes that are removed from both ends first.
    var trim: [UInt8] = []

    /// Fields of one delimited text: over what any watch or meter sends.
    static let delimited = DocumentLimits(bytesMax: Limits.payloadBytesMax, depthMax: 2, itemsMax: 1_024)

    func read(_ payload: [UInt8], into tree: inout ValueTree) throws(DocumentFailure) {
        switch sort {
        case .json: try JSONReader.read(payload, into: &tree, limits: .message)
        case .text, .number, .value, .csv:
            tree.removeAll()
            if let failure = JSONText.failure(in: payload) { throw failure }
            var text = payload[...]
            while let last = text.last, last <= 0x20 { text.removeLast() }
            while let first = text.first, first <= 0x20 { text.removeFirst() }
            for b in trim {
                if text.first == b { text.removeFirst() }
                if text.last == b { text.removeLast() }
            }
            if sort == .text { return tree.add(text: text) }
            if sort == .value {
                if text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8) { return tree.add(text.count == 4) }
                if text.elementsEqual("null".utf8) { return tree.addNull() }
                if text.count >= 2, text.first == 0x22, text.last == 0x22 { return tree.add(text: text.dropFirst().dropLast()) }
            }
            if sort == .number || sort == .value {
                let number: DecimalNumber? = text.withUnsafeBufferPointer { DecimalNumber.whole($0, from: 0, to: $0.count) }
                if let number { tree.add(number) } else { tree.add(text: text) }
                return
            }
            tree.removeAll()
            try DelimitedReader.read(Array(text), delimiter: separator, columns: [], into: &tree, limits: PayloadFormat.delimited)
        case .bytes, .hex, .base64:
            tree.removeAll()
            var bytes: [UInt8]? = payload
            if sort != .bytes {
                var text = payload[...]
                while let last = text.last, last <= 0x20 { text.removeLast() }
                bytes = text.withUnsafeBufferPointer { sort == .hex ? HexDigits.decode($0) : Base64.decode($0) }
            }
            guard let bytes else { throw .malformed(at: 0) }
            tree.add(text: bytes, as: .bytes)
        case .senml:
            var pack = ValueTree()
            try JSONReader.read(payload, into: &pack, limits: .message)
            try SenML.resolve(pack, into: &tree)
        case .cbor: try CBORReader.read(payload, into: &tree, limits: .message)
        case .msgpack: try MessagePackReader.read(payload, into: &tree, limits: .message)
        case .senmlCBOR:
            var pack = ValueTree()
            try CBORReader.read(payload, into: &pack, limits: .message)
            try SenML.resolve(pack, into: &tree)
        case .sparkplug:
            var pack = ValueTree()
            try ProtobufReader.read(payload, schema: ProtobufSchema.sparkplug, into: &pack, limits: .message)
            SparkplugNames.flatten(pack, into: &tree)
        }
    }
}
