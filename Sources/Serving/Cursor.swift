/// A place in the stream of revisions as clients keep it: `HUB-EPOCH.NUMBER`, opaque to them.
///
/// The origin is in it because a restored or set-aside database counts anew: a bare number kept by a
/// receiver would then hide new deliveries from it.
struct Cursor: Hashable, Sendable {
    /// Nil for a bare number, which is taken for the present origin's.
    var origin: String?
    var number: UInt64

    init(origin: String?, number: UInt64) { (self.origin, self.number) = (origin, number) }

    /// - Returns: nil when the text is no cursor.
    init?(_ text: String) {
        guard (1...ServingLimits.cursorBytesMax).contains(text.utf8.count) else { return nil }
        let digits: Substring
        if let dot = text.lastIndex(of: ".") {
            guard dot != text.startIndex else { return nil }
            origin = String(text[..<dot])
            digits = text[text.index(after: dot)...]
        } else {
            origin = nil
            digits = text[...]
        }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
              let number = UInt64(digits), number <= UInt64(Int64.max) else { return nil }
        self.number = number
    }

    var text: String { origin.map { "\($0).\(number)" } ?? String(number) }

    /// Whether the number belongs to this database's history.
    func belongs(to head: StreamHead) -> Bool {
        (origin == nil || origin == head.origin) && number <= head.latest
    }

    /// Where a queue's reader goes on. A cursor of another history starts over: only unconfirmed deliveries
    /// are listed, so nothing is lost and a repeated one has a known key.
    func queueStart(in head: StreamHead) -> UInt64 { belongs(to: head) ? number : 0 }

    /// Where a stream goes on, or nil when revisions between the cursor and now can't be had any more.
    func streamStart(in head: StreamHead) -> UInt64? { belongs(to: head) && number >= head.complete ? number : nil }
}

extension StreamHead {
    func cursor(_ number: UInt64) -> Cursor { Cursor(origin: origin, number: number) }
}
