import CareModel

/// What must be remembered of one device between two of its messages.
struct DeviceMemory: Hashable, Sendable {
    /// Marks of the newest messages; a message with the same mark is a duplicate.
    struct Mark: Hashable, Sendable {
        var value: UInt64
        var at: Instant
    }

    static let marksMax = 16
    /// How long a mark counts: our choice, over any broker's redelivery after a short break and under the time
    /// in which a replaced battery brings a counter back to where it was.
    static let duplicateWindow = Span.seconds(10 * 60)
    /// A counter that is behind by more than this has started anew.
    static let reorderMax: UInt64 = 64

    var id: String
    var isBound: Bool
    var lastAt: Instant
    var marks: [Mark] = []
    var nextMark = 0
    var sequence: UInt64?
    /// Theoretical time of arrival (GCRA): the flood limit's whole state.
    var paidUntil = Instant(microseconds: Int64.min / 4)

    /// What its profile remembers of it.
    var told: [Told] = []
    /// Of a device that one person uses.
    var course: BodyCourse?
    /// Where its clock is off by a constant.
    var drift: ClockDrift?
    /// What it shows once somebody has taken its newest call, where it can.
    var coming: Downlink?

    init(id: String, isBound: Bool, at: Instant) { (self.id, self.isBound, lastAt) = (id, isBound, at) }

    /// Whether the same message came within the window; else it is remembered.
    mutating func isDuplicate(_ value: UInt64, at: Instant) -> Bool {
        for mark in marks where mark.value == value && at - mark.at <= DeviceMemory.duplicateWindow { return true }
        let mark = Mark(value: value, at: at)
        if marks.count < DeviceMemory.marksMax { marks.append(mark) } else { marks[nextMark] = mark }
        nextMark = (nextMark + 1) % DeviceMemory.marksMax
        return false
    }

    /// Whether the counter goes backwards a little; far backwards is a restart and accepted.
    mutating func isOutOfOrder(_ number: UInt64, modulus: UInt64?) -> Bool {
        guard let last = sequence else {
            sequence = number
            return false
        }
        let behind: UInt64
        if let modulus, number < modulus, last < modulus {
            behind = (last + modulus - number) % modulus
        } else {
            behind = last >= number ? last - number : 0
        }
        if behind == 0 || behind > min(DeviceMemory.reorderMax, (modulus ?? UInt64.max) / 4) {
            sequence = number
            return false
        }
        return true
    }

    /// Whether the device sends more than it may.
    mutating func isFlooding(at: Instant, perSecond: Int, burst: Int) -> Bool {
        let step = Int64(1_000_000 / perSecond)
        let due = max(paidUntil.microseconds, at.microseconds)
        guard due - at.microseconds <= step * Int64(burst - 1) else { return true }
        paidUntil = Instant(microseconds: due + step)
        return false
    }

    func write(to w: inout ByteWriter) {
        w.string(id)
        w.bool(isBound)
        w.instant(lastAt)
        w.list(marks) { w, mark in
            w.unsigned(mark.value)
            w.instant(mark.at)
        }
        w.int(nextMark)
        w.optional(sequence) { $0.unsigned($1) }
        w.instant(paidUntil)
        w.list(told) { w, one in
            w.string(one.name)
            w.string(one.text)
        }
        w.optional(course) { $1.state.write(to: &$0) }
        w.optional(drift) { $1.write(to: &$0) }
        w.optional(coming) { w, downlink in
            w.string(downlink.topic)
            w.blob(downlink.payload)
        }
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        id = try r.string()
        isBound = try r.bool()
        lastAt = try r.instant()
        marks = try r.list { (r: inout ByteReader) throws(BinaryFailure) in Mark(value: try r.unsigned(), at: try r.instant()) }
        nextMark = try r.int()
        guard marks.count <= DeviceMemory.marksMax, nextMark >= 0, nextMark < DeviceMemory.marksMax else { throw .malformed("marks of a device", at: r.index) }
        sequence = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.unsigned() }
        paidUntil = try r.instant()
        told = try r.list { (r: inout ByteReader) throws(BinaryFailure) in Told(name: try r.string(), text: try r.string()) }
        guard told.count <= Told.max else { throw .malformed("what a device told", at: r.index) }
        course = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in BodyCourse(try BodyCourse.State(from: &r)) }
        drift = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try ClockDrift(from: &r) }
        coming = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in Downlink(topic: try r.string(), payload: try r.blob()) }
    }
}

/// A fast mark of bytes, equal on every machine: 64-bit folded multiplication, eight bytes at a time.
///
/// Not keyed: a device that makes two of its own messages collide only hides its own repetition.
enum MessageMark {
    static func of(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64 = 0x9E37_79B9_7F4A_7C15) -> UInt64 {
        var mark = seed ^ UInt64(bytes.count)
        var i = 0
        while i + 8 <= bytes.count {
            mark = fold(mark ^ word(bytes, i, 8), 0xA076_1D64_78BD_642F)
            i += 8
        }
        return fold(mark ^ word(bytes, i, bytes.count - i), 0xE703_7ED1_A0B4_28DB)
    }

    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        return high ^ low
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ count: Int) -> UInt64 {
        if count == 8, let base = bytes.baseAddress {
            return UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
        }
        var value: UInt64 = 0
        for k in 0..<count { value |= UInt64(bytes[at + k]) << UInt64(8 * k) }
        return value
    }
}
