import CareModel

extension Decoding {
    /// Holds what one message of a personal device says against what is known of its wearer, and marks what can't be
    /// that body's: not worn, hanging, jumping, somebody else's. Values are kept; nothing is marked that is a safety kind.
    mutating func follow(from first: Int, isAlone: Bool, _ slot: Int, _ wall: WallTime, _ decoded: inout Decoded) {
        // The course is shared with copies of this value until one of them goes on.
        if memories[slot].course == nil { memories[slot].course = BodyCourse(BodyCourse.State()) } else if !isKnownUniquelyReferenced(&memories[slot].course) {
            memories[slot].course = memories[slot].course.map { BodyCourse($0.state) }
        }
        guard let course = memories[slot].course else { return }
        decoded.readings.withUnsafeMutableBufferPointer { course.state.take(&$0, from: first, at: wall, isAlone: isAlone) }
    }

    /// Corrects a time that is not live by what is learnt of the device's clock, and goes on learning.
    ///
    /// - Returns: the corrected time with its verdict; nil where nothing is learnt.
    mutating func corrected(_ claim: WallTime, _ slot: Int, _ turn: Turn) -> (WallTime, DeviceTimeCheck.Verdict)? {
        let difference = turn.wall - claim
        guard turn.clock == .synchronised, !turn.message.isRetained, difference <= DeviceTimeCheck.behindMax, Span.zero - difference <= DeviceTimeCheck.behindMax else { return nil }
        // Of a batch the newest time tells the clock.
        if let known = newest, known.slot == slot { newest = (slot, min(known.difference, difference)) } else {
            settleClock(turn.at)
            newest = (slot, difference)
        }
        guard let drift = memories[slot].drift, drift.isLearnt else { return nil }
        let claim = claim + drift.difference
        return (claim, DeviceTimeCheck.judge(claim, received: turn.wall, hub: turn.clock))
    }

    /// Learns from the newest time of the message, once it is read.
    mutating func settleClock(_ at: Instant) {
        guard let (slot, difference) = newest else { return }
        newest = nil
        if slot == timely { return }
        if memories[slot].drift == nil { memories[slot].drift = ClockDrift(difference: difference, at: at) } else { memories[slot].drift?.take(difference, at: at) }
    }
}
