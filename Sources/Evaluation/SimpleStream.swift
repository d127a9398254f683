import Foundation

/// The anchor of NAB: a simple detector in constant space. Clipped running mean and spread of the level and of the first
/// difference, how far a value is beyond all before it, and a rest of 4 % of the file after each report.
enum SimpleStream {
    static func scores(_ stream: StreamRow.Stream) -> [Double] {
        let values = stream.values
        guard let first = values.first else { return [] }
        var found = [Double](repeating: 0, count: values.count)
        var mean = first, spread = 0.0, step = 0.0, stepSpread = 0.0, high = first, low = first
        for i in values.indices.dropFirst() {
            let value = values[i], difference = value - values[i - 1], share = max(1 / Double(i + 1), 0.002), floor = 1e-9 * (1 + mean * mean)
            if i > 20 {
                let beyond = max(value - high, low - value, 0) / (high - low + 1e-9) * 20
                found[i] = max(abs(value - mean) / (spread + floor).squareRoot(), abs(difference - step) / (stepSpread + floor).squareRoot(), beyond)
            }
            func clipped(_ error: Double, _ spread: Double) -> Double {
                let most = i > 20 ? 3 * (spread + 1e-12).squareRoot() : .infinity
                return max(-most, min(most, error))
            }
            let error = clipped(value - mean, spread), stepError = clipped(difference - step, stepSpread)
            mean += share * error
            spread += share * (error * error - spread)
            step += share * stepError
            stepSpread += share * (stepError * stepError - stepSpread)
            (high, low) = (max(high, value), min(low, value))
        }
        return found
    }

    /// Candidates for the one threshold: quantiles of all scores, denser at the top.
    static func thresholds(_ scores: [[Double]]) -> [Double] {
        let all = scores.joined().filter { $0 > 0 }.sorted()
        guard !all.isEmpty else { return [] }
        var found: Set<Double> = []
        for i in 0..<180 {
            let part: Double = i < 30 ? 0.5 + 0.49 * Double(i) / 29 : 0.99 + 0.01 * Double(i - 30) / 149
            found.insert(all[min(all.count - 1, Int(part * Double(all.count)))])
        }
        return found.sorted()
    }

    /// Rows at or above the threshold, after each a rest of 4 % of the file.
    static func reports(_ stream: StreamRow.Stream, _ scores: [Double], _ threshold: Double) -> [Int] {
        var found: [Int] = [], rest = scores.count * 4 / 100
        rest = max(1, rest)
        for (row, score) in scores.enumerated() where score >= threshold && row - (found.last ?? -rest - 1) > rest { found.append(row) }
        return found
    }
}
