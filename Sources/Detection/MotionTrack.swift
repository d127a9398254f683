import CareModel

/// The last seconds of a body's acceleration on a grid of 25 Hz, whatever the sensor's rate, and how much it spread in
/// each second. Plain bits; integers of 0.001 g, so that the same samples give the same numbers everywhere.
struct MotionTrack: Sendable, BitwiseCopyable {
    static let hertz = 25
    /// Frames that are kept: 5.1 s.
    static let framesMax = 128
    /// ±32 g: beyond any sensor that is worn.
    static let clip: Int64 = 32_000

    /// Frames since the track began.
    private(set) var count: Int64 = 0
    private var frames: InlineArray<384, Int16> = .init(repeating: 0)
    /// The spread of the second that begins at a frame, in 0.001 g.
    private var spreads: InlineArray<128, UInt16> = .init(repeating: 0)
    private var sums: InlineArray<3, Int64> = .init(repeating: 0)
    private var squares: Int64 = 0
    /// Of the frame that is being filled: how much, and the weighted sums.
    private var filled: Int64 = 0
    private var partial: InlineArray<3, Int64> = .init(repeating: 0)

    /// Spreads that are known: seconds that begin at 0..<`spreadCount`.
    var spreadCount: Int64 { max(0, count - Int64(MotionTrack.hertz) + 1) }

    /// The oldest frame that is still kept.
    var oldest: Int64 { max(0, count - Int64(MotionTrack.framesMax)) }

    func frame(_ index: Int64) -> (x: Int64, y: Int64, z: Int64) {
        let at = Int(index % Int64(MotionTrack.framesMax)) * 3
        return (Int64(frames[at]), Int64(frames[at + 1]), Int64(frames[at + 2]))
    }

    /// - Precondition: it began within the last 128 seconds' beginnings that are known.
    func spread(_ index: Int64) -> Int64 { Int64(spreads[Int(index % 128)]) }

    /// Takes one sample of 0.001 g that lasts 1/`rateMillihertz` of 1,000 s; a frame is the mean over its time.
    mutating func add(_ x: Int64, _ y: Int64, _ z: Int64, rateMillihertz rate: Int64) {
        var rest = Int64(MotionTrack.hertz) * 1_000
        while rest > 0 {
            let part = min(rest, rate - filled)
            partial[0] += x * part
            partial[1] += y * part
            partial[2] += z * part
            filled += part
            rest -= part
            if filled == rate {
                push(Limit.rounded(partial[0], to: rate) / rate, Limit.rounded(partial[1], to: rate) / rate, Limit.rounded(partial[2], to: rate) / rate)
                (partial, filled) = (.init(repeating: 0), 0)
            }
        }
    }

    private mutating func push(_ x: Int64, _ y: Int64, _ z: Int64) {
        let window = Int64(MotionTrack.hertz)
        if count >= window {
            let old = frame(count - window)
            sums[0] -= old.x; sums[1] -= old.y; sums[2] -= old.z
            squares -= old.x * old.x + old.y * old.y + old.z * old.z
        }
        let at = Int(count % Int64(MotionTrack.framesMax)) * 3
        let a = MotionTrack.clipped(x), b = MotionTrack.clipped(y), c = MotionTrack.clipped(z)
        (frames[at], frames[at + 1], frames[at + 2]) = (Int16(a), Int16(b), Int16(c))
        sums[0] += a; sums[1] += b; sums[2] += c
        squares += a * a + b * b + c * c
        count += 1
        guard count >= window else { return }
        let variance = squares * window - sums[0] * sums[0] - sums[1] * sums[1] - sums[2] * sums[2]
        spreads[Int((count - window) % 128)] = UInt16(min(65_535, Double(max(0, variance)).squareRoot() / Double(window) + 0.5))
    }

    static func clipped(_ value: Int64) -> Int64 { min(clip, max(-clip, value)) }

    /// The mean of frames `from`..<`to` and how much they spread around it, in 0.001 g.
    func posture(_ from: Int64, _ to: Int64) -> Posture {
        var x: Int64 = 0, y: Int64 = 0, z: Int64 = 0, square: Int64 = 0
        for i in from..<to {
            let f = frame(i)
            x += f.x; y += f.y; z += f.z
            square += f.x * f.x + f.y * f.y + f.z * f.z
        }
        let n = Double(max(1, to - from)), mean = (Double(x) / n, Double(y) / n, Double(z) / n)
        let variance = Double(square) / n - (mean.0 * mean.0 + mean.1 * mean.1 + mean.2 * mean.2)
        return Posture(x: mean.0, y: mean.1, z: mean.2, spread: max(0, variance).squareRoot())
    }

    /// The greatest magnitude of frames `from`..<`to`, in 0.001 g.
    func peak(_ from: Int64, _ to: Int64) -> Double {
        var most: Int64 = 0
        for i in from..<to {
            let f = frame(i)
            most = max(most, f.x * f.x + f.y * f.y + f.z * f.z)
        }
        return Double(most).squareRoot()
    }
}

/// Which way is down for the sensor, and how still it is.
struct Posture: Sendable, BitwiseCopyable {
    var x = 0.0, y = 0.0, z = 0.0
    var spread = 0.0

    /// The sine of half the angle to another posture: 0 = the same, 1 = upside down.
    func turned(from other: Posture) -> Double {
        let lengths = (x * x + y * y + z * z).squareRoot() * (other.x * other.x + other.y * other.y + other.z * other.z).squareRoot()
        guard lengths > 0 else { return 0 }
        let cosine = (x * other.x + y * other.y + z * other.z) / lengths
        return max(0, (1 - cosine) / 2).squareRoot()
    }
}

extension MotionTrack {
    func write(to w: inout ByteWriter) {
        w.signed(count); w.signed(filled); w.signed(squares)
        for i in 0..<3 { w.signed(sums[i]); w.signed(partial[i]) }
        for i in oldest..<count { let f = frame(i); w.signed(f.x); w.signed(f.y); w.signed(f.z) }
        for i in max(0, spreadCount - 128)..<spreadCount { w.signed(spread(i)) }
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        self.init()
        (count, filled, squares) = (try r.signed(), try r.signed(), try r.signed())
        guard count >= 0, filled >= 0 else { throw .malformed("\(count) frames", at: r.index) }
        for i in 0..<3 { (sums[i], partial[i]) = (try r.signed(), try r.signed()) }
        for i in oldest..<count {
            let at = Int(i % Int64(MotionTrack.framesMax)) * 3
            for k in 0..<3 { frames[at + k] = Int16(truncatingIfNeeded: try r.signed()) }
        }
        for i in max(0, spreadCount - 128)..<spreadCount { spreads[Int(i % 128)] = UInt16(truncatingIfNeeded: try r.signed()) }
    }
}
