import CareModel

/// States that devices never end (`auto_clear_seconds`): they count as over so long after the last report.
extension Detection {
    /// Sets the time at which the state that a reading reports is over, or forgets it where the reading ends it.
    mutating func setClearing(_ seat: Int, _ reading: Reading, _ book: RuleBook) {
        guard let index = (book.clearingStarts[seat]..<book.clearingStarts[seat + 1]).first(where: { book.clearings[$0].kind == reading.kind }) else { return }
        if reading.isRetained || !reading.quality.isDisjoint(with: [.late, .outOfOrder, .test, .sentinel, .ageUnknown]) { return }
        let key = book.clearingKey + index
        if reading.value == Detection.over(reading.kind) {
            clearsAt[index] = .min
            queue.remove(key)
            return
        }
        let due = reading.receivedAt + .seconds(book.clearings[index].seconds)
        clearsAt[index] = due.microseconds
        queue.set(key, due: due)
    }

    /// The time of a state has passed: the rules learn that it is over, as if the device had said so.
    mutating func clear(_ index: Int, at: Instant, _ book: RuleBook, _ findings: inout [Finding]) {
        let one = book.clearings[index]
        guard !sight.isBlind else {
            // What the hub could not see may have renewed the state.
            clearsAt[index] = (at + .seconds(one.seconds)).microseconds
            queue.set(book.clearingKey + index, due: at + .seconds(one.seconds))
            return
        }
        clearsAt[index] = .min
        guard let value = Detection.over(one.kind) else { return }
        let reading = Reading(
            device: book.subjects[one.binding].device ?? DeviceID(""), binding: BindingIndex(one.binding), kind: one.kind, value: value, meaning: .level,
            receivedAt: at, profile: "")
        var e = evidence(.reading, at)
        (e.kind, e.value, e.meaning, e.isTimedOut) = (one.kind, value, .level, true)
        (e.source, e.device, e.room) = (BindingIndex(one.binding), book.seats[one.binding].device, book.seats[one.binding].room)
        e.heard = Instant(microseconds: states[one.binding].heard)
        judgeAll(reading, one.binding, &e, book, &findings)
    }

    /// The value that ends a state of this kind; nil where it has no end.
    static func over(_ kind: Kind) -> ReadingValue? {
        switch kind.entry.shape {
        case .flag: .flag(false)
        case .code: .code("cleared")
        default: nil
        }
    }

    /// Sets the deadlines of states that are on, under a book that has just got its places.
    mutating func rearmClearings(_ book: RuleBook) {
        for (index, due) in clearsAt.enumerated() where due != .min { queue.set(book.clearingKey + index, due: Instant(microseconds: due)) }
    }
}
