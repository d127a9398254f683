import Foundation

/// The anchor of SisFall: a spread of at least 0.707 g in one second, over all three axes, and a posture that differs by 20° or
/// more between 2 to 1 s before and 1.5 to 3 s after the largest acceleration.
enum SimpleFall {
    private static let spreadLeast = 707.0
    private static let angleLeast = 20.0
    private static let perSecond = 50

    /// - Parameter samples: one trial, x, y, z in mg at 50 Hz.
    static func isFall(_ samples: [[Double]]) -> Bool {
        guard samples.count > perSecond else { return false }
        var sums = [Double](repeating: 0, count: 3), squares = 0.0, spread = 0.0, impact = (size: 0.0, at: 0)
        for (i, one) in samples.enumerated() {
            let size = one.reduce(0) { $0 + $1 * $1 }
            squares += size
            if size > impact.size { impact = (size, i) }
            for axis in 0..<3 { sums[axis] += one[axis] }
            if i >= perSecond {
                let old = samples[i - perSecond]
                for axis in 0..<3 { sums[axis] -= old[axis]; squares -= old[axis] * old[axis] }
            }
            guard i >= perSecond - 1 else { continue }
            let n = Double(perSecond), mean = sums.reduce(0) { $0 + ($1 / n) * ($1 / n) }
            spread = max(spread, max(0, squares / n - mean).squareRoot())
        }
        guard spread >= spreadLeast else { return false }
        let before = mean(samples, impact.at - 2 * perSecond, impact.at - perSecond)
        let after = mean(samples, impact.at + perSecond * 3 / 2, impact.at + perSecond * 3)
        return angle(before, after) >= angleLeast
    }

    /// Of what there is of the span; the nearest sample where there is nothing.
    private static func mean(_ samples: [[Double]], _ from: Int, _ to: Int) -> [Double] {
        let first = max(0, min(samples.count - 1, from)), last = max(first + 1, min(samples.count, to)), part = samples[first..<last]
        return (0..<3).map { axis in part.reduce(0) { $0 + $1[axis] } / Double(part.count) }
    }

    private static func angle(_ a: [Double], _ b: [Double]) -> Double {
        let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        let lengths = (a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 }).squareRoot()
        return lengths == 0 ? 0 : acos(max(-1, min(1, product / lengths))) * 180 / .pi
    }
}
