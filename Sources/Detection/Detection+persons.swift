import CareModel

/// Who a reading is about, where its message says so.
extension Detection {
    /// The seat that judges a reading: the device's own, or that of the person whom the message names.
    func place(of reading: Reading, _ binding: Int, _ book: RuleBook) -> Int {
        guard let person = reading.person, reading.kind.isOfPerson else { return binding }
        return book.personalSeats[PersonalKey(binding: binding, resident: Int(person))] ?? binding
    }

    /// The seat of the resident whom a reading is about; -1 where it may be several or none.
    func person(of reading: Reading, _ binding: Int, _ book: RuleBook) -> Int {
        if reading.quality.contains(.unknownSubject) { return -1 }
        guard let person = reading.person, reading.kind.isOfPerson else { return Int(book.seats[binding].person) }
        return book.firstPerson + Int(person)
    }

    /// Tells that a device names a person whom nobody knows.
    mutating func meet(_ reading: Reading, _ seat: Int, _ e: Evidence, _ book: RuleBook, _ findings: inout [Finding]) {
        var e = e
        e.subject = reading.subject.map { UInt64.fingerprint($0) } ?? 0
        for template in book.shapes[Int(book.seats[seat].shape)].naming { judge(seat, template, e, reading, book, &findings) }
    }
}
