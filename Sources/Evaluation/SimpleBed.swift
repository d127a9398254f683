import Foundation

/// The anchor of the bed exits, of the kind that was published with the data: a hidden Markov model that labels each sample by
/// the trunk's acceleration, the antenna and its strength, and an exit where the label leaves the bed.
///
/// The four labels are its states. A state gives an antenna by its share of the samples, and three accelerations and the
/// strength as independent normal values of that antenna; states follow each other as often as in the other sessions. A session is
/// labelled by what the others teach, never by itself, and forward only: no sample is seen before it arrives.
struct SimpleBed {
    struct Sample {
        var second: Double
        /// g, front, vertical and the magnitude of lateral, and dBm.
        var values: [Double]
        var antenna: Int
        /// 1...4; only read while learning.
        var label: Int
    }

    private static let labels = 4
    /// Values of a state and antenna that were seen less often are taken from all antennas of the state.
    private static let samplesMin = 20.0
    /// The least spread of g or dB: values that hardly vary would outvote all others.
    private static let spreadMin = [0.05, 0.05, 0.05, 1.0]
    /// One exit for each such time, as ours: a person is told once.
    private static let pauseSeconds = 5.0

    private struct Sums {
        var count = 0.0
        var sum = [0.0, 0.0, 0.0, 0.0]
        var squares = [0.0, 0.0, 0.0, 0.0]

        mutating func add(_ values: [Double]) {
            count += 1
            for i in values.indices {
                sum[i] += values[i]
                squares[i] += values[i] * values[i]
            }
        }

        /// Natural log of the density, without the constant.
        func density(_ values: [Double]) -> Double {
            values.indices.reduce(0) { total, i in
                let mean = sum[i] / count, spread = max(spreadMin[i], max(0, squares[i] / count - mean * mean).squareRoot()), off = (values[i] - mean) / spread
                return total - log(spread) - off * off / 2
            }
        }
    }

    private struct Model {
        var states = [Sums](repeating: Sums(), count: labels)
        var antennas: [[Int: Sums]] = .init(repeating: [:], count: labels)
        /// From, to; one of each is assumed.
        var steps = [[Double]](repeating: [Double](repeating: 1, count: labels), count: labels)

        mutating func learn(_ session: [Sample]) {
            for (i, sample) in session.enumerated() {
                let state = sample.label - 1
                states[state].add(sample.values)
                antennas[state][sample.antenna, default: Sums()].add(sample.values)
                if i > 0 { steps[session[i - 1].label - 1][state] += 1 }
            }
        }

        func emission(_ state: Int, _ sample: Sample) -> Double {
            let all = states[state], one = antennas[state][sample.antenna]
            guard all.count >= samplesMin else { return -.infinity }
            let share = log(((one?.count ?? 0) + 1) / (all.count + 8))
            if let one, one.count >= samplesMin { return share + one.density(sample.values) }
            return share + all.density(sample.values)
        }
    }

    /// - Parameter sessions: each with its samples in order and labels from 1 to 4.
    /// - Returns: for each session the seconds of the exits that the model finds in it.
    static func exits(_ sessions: [[Sample]]) -> [[Double]] {
        sessions.indices.map { left in
            var model = Model()
            for (i, session) in sessions.enumerated() where i != left { model.learn(session) }
            return exits(sessions[left], model)
        }
    }

    private static func exits(_ session: [Sample], _ model: Model) -> [Double] {
        let steps = model.steps.map { row in row.map { $0 / row.reduce(0, +) } }
        var belief = [Double](repeating: 1 / Double(labels), count: labels), isOnBed = false, found: [Double] = []
        for sample in session {
            let scores = (0..<labels).map { model.emission($0, sample) }, best = scores.max() ?? 0
            belief = (0..<labels).map { to in (0..<labels).reduce(0) { $0 + belief[$1] * steps[$1][to] } * exp(scores[to] - best) }
            let all = belief.reduce(0, +)
            belief = all > 0 ? belief.map { $0 / all } : [Double](repeating: 1 / Double(labels), count: labels)
            // Labels 1 and 3 are on the bed.
            let isNow = belief[0] + belief[2] >= 0.5
            if isOnBed, !isNow, found.last.map({ sample.second - $0 > pauseSeconds }) ?? true { found.append(sample.second) }
            isOnBed = isNow
        }
        return found
    }
}
