import CareModel

extension BedExit.Memory {
    func sample(_ index: Int64) -> BedExit.Sample { samples[Int(index % BedExit.kept)] }

    /// Keeps a sample that is far enough from the one before.
    ///
    /// - Returns: whether the person lies, so that what was told is over.
    mutating func keep(_ sample: BedExit.Sample) -> Bool {
        if count > 0, sample.at - self.sample(count - 1).at < BedExit.spacing { return false }
        samples[Int(count % BedExit.kept)] = sample
        count += 1
        // One that was never judged because time stood still falls out of the window.
        judged = max(judged, count - BedExit.kept + 1)
        return sample.isLying
    }

    /// Judges the samples whose 12 s are over, in their order.
    ///
    /// - Returns: the moment of an exit, in microseconds of hub time; nil when there is none to tell.
    mutating func settle(before now: Int64, _ p: BedExit.Parameters) -> Int64? {
        var found: Int64?
        while judged < count, sample(judged).at + BedExit.lookSeconds * 1_000_000 < now {
            let one = sample(judged)
            if bestAt != .min, one.at > bestAt + BedExit.holdSeconds * 1_000_000 { found = take() }
            if one.isLying {
                lyingAt = one.at
                hasLain = true
                if bestAt == .min { isArmed = true }
            }
            if isArmed {
                let score = BedExitScore.score(features(judged))
                if score > p.threshold, bestAt == .min || score > bestScore {
                    (bestAt, bestScore) = (one.at, score)
                    hasLain = false
                }
            }
            judged += 1
        }
        if bestAt != .min, judged == count, now > bestAt + (BedExit.lookSeconds + BedExit.holdSeconds) * 1_000_000 { found = take() }
        return found
    }

    /// Ends the wait for a better moment; who has lain since may leave again.
    private mutating func take() -> Int64 {
        let at = bestAt
        (bestAt, bestScore, isArmed, hasLain) = (.min, .min, hasLain, false)
        return at
    }

    /// What `BedExitScore` looks at, in thousandths: trunk now, in the 12 and 3 s before, the 3 s and the rest after; strength
    /// and antennas before and after; how often the tag was read, its gaps, and how long ago the person lay.
    func features(_ index: Int64) -> InlineArray<34, Int64> {
        let none: Int64 = -999_000, s = sample(index), back = BedExit.backSeconds * 1_000_000, near = BedExit.nearSeconds * 1_000_000
        var first = index, last = index
        while first > max(0, count - BedExit.kept), s.at - sample(first - 1).at <= back { first -= 1 }
        while last + 1 < count, sample(last + 1).at - s.at <= BedExit.lookSeconds * 1_000_000 { last += 1 }
        var before = Part(), beforeNear = Part(), after = Part(), afterNear = Part(), afterFar = Part()
        for i in first..<index {
            before.add(sample(i))
            if s.at - sample(i).at <= near { beforeNear.add(sample(i)) }
        }
        var shift = Part.Shift(), shiftNear = Part.Shift(), gap: Int64 = 0
        for i in index...last {
            let one = sample(i)
            after.add(one)
            let isNear = one.at - s.at <= near
            if isNear { afterNear.add(one) } else { afterFar.add(one) }
            let off = strengthOff(one, first, index)
            shift.add(off)
            if isNear { shiftNear.add(off) }
            let next = i < last ? sample(i + 1).at : s.at + BedExit.lookSeconds * 1_000_000
            gap = max(gap, (next - one.at) / 1_000)
        }
        let isKnown = before.count > 0
        var x = InlineArray<34, Int64>(repeating: 0)
        x[0] = Int64(s.front) * 1_000
        x[1] = Int64(s.vertical) * 1_000
        x[2] = Int64(s.lateral.magnitude) * 1_000
        x[3] = beforeNear.meanFront ?? none
        x[4] = before.meanFront ?? none
        x[5] = afterNear.meanFront ?? none
        x[6] = afterFar.meanFront ?? none
        x[7] = afterNear.frontMin * 1_000
        x[8] = after.frontMin * 1_000
        x[9] = isKnown ? before.frontMin * 1_000 : none
        x[10] = afterNear.verticalMax * 1_000
        x[11] = after.frontVariance ?? none
        x[12] = before.frontVariance ?? none
        x[13] = shiftNear.mean ?? none
        x[14] = shift.mean ?? none
        x[15] = shift.unknownShare
        x[16] = shiftNear.unknownShare
        x[17] = isKnown ? antennaShift(first, index, last) : none
        x[18] = afterNear.count * 1_000
        x[19] = afterFar.count * 1_000
        x[20] = beforeNear.count * 1_000
        x[21] = before.count * 1_000
        x[22] = (index > max(0, count - BedExit.kept) ? (s.at - sample(index - 1).at) / 1_000 : 60_000) * 1_000
        x[23] = gap * 1_000
        x[24] = isKnown ? before.lying * 1_000 / before.count : none
        x[25] = after.lying * 1_000 / after.count
        x[26] = isKnown && sample(index - 1).isLying ? 1_000 : 0
        x[27] = s.isLying ? 1_000 : 0
        x[28] = (lyingAt == .min ? 120_000 : min(120_000, (s.at - lyingAt) / 1_000)) * 1_000
        x[29] = (afterNear.strengthMax - (isKnown ? before.strengthMax : -700)) * 1_000
        x[30] = isKnown ? after.strength * 1_000 / after.count - before.strength * 1_000 / before.count : none
        x[31] = after.strengthMax * 1_000
        x[32] = Int64(s.strength) * 1_000
        x[33] = isKnown ? after.count * 1_000 / before.count : none
        return x
    }

    /// How far a sample's strength is from what its antenna read before, in 0.001 of 0.1 dB; nil = it read nothing.
    private func strengthOff(_ one: BedExit.Sample, _ first: Int64, _ index: Int64) -> Int64? {
        var sum: Int64 = 0, n: Int64 = 0
        for i in first..<index where sample(i).antenna == one.antenna {
            sum += Int64(sample(i).strength)
            n += 1
        }
        return n == 0 ? nil : Int64((Int64(one.strength) * 1_000 - sum * 1_000 / n).magnitude)
    }

    /// By how much the shares of the antennas differ before and after: 0 = not at all, 2,000 = others altogether.
    private func antennaShift(_ first: Int64, _ index: Int64, _ last: Int64) -> Int64 {
        var sum: Int64 = 0
        for i in first...last {
            let antenna = sample(i).antenna
            var isNew = true
            for j in first..<i where sample(j).antenna == antenna { isNew = false }
            guard isNew else { continue }
            var before: Int64 = 0, after: Int64 = 0
            for j in first..<index where sample(j).antenna == antenna { before += 1 }
            for j in index...last where sample(j).antenna == antenna { after += 1 }
            sum += Int64((after * 1_000 / (last - index + 1) - before * 1_000 / (index - first)).magnitude)
        }
        return sum
    }

    /// Sums over a part of the window.
    private struct Part {
        var count: Int64 = 0
        var front: Int64 = 0
        var squares: Int64 = 0
        var frontMin = Int64.max
        var verticalMax = Int64.min
        var strength: Int64 = 0
        var strengthMax = Int64.min
        var lying: Int64 = 0

        mutating func add(_ s: BedExit.Sample) {
            let f = Int64(s.front)
            count += 1
            front += f
            squares += f * f
            frontMin = min(frontMin, f)
            verticalMax = max(verticalMax, Int64(s.vertical))
            strength += Int64(s.strength)
            strengthMax = max(strengthMax, Int64(s.strength))
            lying += s.isLying ? 1 : 0
        }

        var meanFront: Int64? { count == 0 ? nil : front * 1_000 / count }
        var frontVariance: Int64? { count == 0 ? nil : (squares * count - front * front) * 1_000 / (count * count) }

        /// How far strengths are from before, and how many came through antennas that read nothing before.
        struct Shift {
            var sum: Int64 = 0
            var known: Int64 = 0
            var all: Int64 = 0
            mutating func add(_ off: Int64?) {
                all += 1
                if let off { (sum, known) = (sum + off, known + 1) }
            }
            var mean: Int64? { known == 0 ? nil : sum / known }
            var unknownShare: Int64 { all == 0 ? 0 : (all - known) * 1_000 / all }
        }
    }
}
