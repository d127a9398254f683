extension ReadingValue {
    public func write(to w: inout ByteWriter) {
        switch self {
        case .number(let scaled): w.byte(0); w.signed(scaled)
        case .flag(let on): w.byte(on ? 2 : 1)
        case .code(let text): w.byte(3); w.string(text)
        case .waveform(let samples, let factor, let rate, let signal):
            w.byte(4); w.signed(factor); w.signed(rate); w.string(signal)
            w.list(samples) { $0.signed(Int64($1)) }
        }
    }

    public init(from r: inout ByteReader) throws(BinaryFailure) {
        switch try r.byte() {
        case 0: self = .number(scaled: try r.signed())
        case 1: self = .flag(false)
        case 2: self = .flag(true)
        case 3: self = .code(try r.string())
        case 4:
            let factor = try r.signed(), rate = try r.signed(), signal = try r.string()
            let samples = try r.list { (r: inout ByteReader) throws(BinaryFailure) in Int32(truncatingIfNeeded: try r.signed()) }
            self = .waveform(samples: samples, factorMillionths: factor, rateMillihertz: rate, signal: signal)
        case let other: throw .malformed("unknown value \(other)", at: r.index - 1)
        }
    }
}

extension EvidenceItem {
    public func write(to w: inout ByteWriter) {
        w.string(device.text); w.byte(kind.rawValue); value.write(to: &w)
        w.optional(observedAt) { $0.wall($1) }
        w.wall(receivedAt); w.unsigned(UInt64(quality.rawValue))
        w.optional(sequence) { $0.unsigned($1) }
        w.optional(limit) { $0.signed($1) }
    }

    public init(from r: inout ByteReader) throws(BinaryFailure) {
        self.init(
            device: DeviceID(try r.string()), kind: try r.choice(Kind.self), value: try ReadingValue(from: &r),
            observedAt: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.wall() },
            receivedAt: try r.wall(), quality: Quality(rawValue: UInt32(truncatingIfNeeded: try r.unsigned())),
            sequence: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.unsigned() },
            limit: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.signed() })
    }
}

extension Subject {
    public func write(to w: inout ByteWriter) {
        w.optional(home) { $0.string($1.text) }
        w.list(residents) { $0.string($1.text) }
        w.string(room)
        w.optional(device) { $0.string($1.text) }
    }

    public init(from r: inout ByteReader) throws(BinaryFailure) {
        self.init(
            home: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in HomeID(try r.string()) },
            residents: try r.list { (r: inout ByteReader) throws(BinaryFailure) in ResidentID(try r.string()) },
            room: try r.string(),
            device: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in DeviceID(try r.string()) })
    }
}
