import CareModel
import Decoding
import Formats
import Serving
import Simulation
import Testing

@testable import Assembly

@Suite("What the replay desk and the drawings do to a log") struct ReplayFaultsTests {
    private static func log(_ count: Int) -> [LogEntry] {
        (0..<count).map { .message(Message(link: .safety, topic: "t/\($0)", payload: [1]), wall: WallTime(microseconds: Int64($0) * 1_000_000), at: nil, position: nil) }
    }

    private static func order(_ change: (inout ReplayOrder) -> Void) -> ReplayOrder {
        var order = ReplayOrder(source: .log([]))
        change(&order)
        return order
    }

    private static func topics(_ entries: [LogEntry]) -> [String] {
        entries.compactMap { if case .message(let message, _, _, _) = $0 { message.topic } else { nil } }
    }

    @Test("lost and doubled messages are counted, and the same order gives the same ones")
    func counts() {
        let order = Self.order { ($0.dropPercent, $0.duplicatePercent) = (20, 10) }
        var faults = ReplayFaults(order), again = ReplayFaults(order)
        let first = Self.topics(faults.apply(Self.log(1_000))), second = Self.topics(again.apply(Self.log(1_000)))
        #expect(first == second && first.count == 1_000 - faults.dropped + faults.duplicated)
        #expect((140...260).contains(faults.dropped) && (50...130).contains(faults.duplicated))
        var all = ReplayFaults(Self.order { $0.dropPercent = 100 }), twice = ReplayFaults(Self.order { $0.duplicatePercent = 100 })
        #expect(all.apply(Self.log(10)).isEmpty && twice.apply(Self.log(10)).count == 20)
    }

    @Test("late messages overtake each other by at most the given time, none is lost")
    func delays() {
        var faults = ReplayFaults(Self.order { $0.delaySeconds = 5 })
        let late = faults.apply(Self.log(500))
        #expect(Self.topics(late).sorted() == Self.topics(Self.log(500)).sorted() && Self.topics(late) != Self.topics(Self.log(500)))
        var last = WallTime(microseconds: 0)
        for case .message(let message, let wall, let at?, _) in late {
            let sent = Int64(message.topic.dropFirst(2)) ?? -1
            #expect(wall >= last && at.microseconds == wall.microseconds && (0...5_000_000).contains(wall.microseconds - sent * 1_000_000))
            last = wall
        }
    }

    @Test("a clock that is set midway is one record in the middle, and changes no message")
    func clock() {
        var faults = ReplayFaults(Self.order { $0.clockSeconds = -3_600 })
        let changed = faults.apply(Self.log(10))
        #expect(Self.topics(changed) == Self.topics(Self.log(10)) && changed.count == 11)
        guard case .record(let record, _) = changed[5], case .clock(let step) = record.body else {
            Issue.record("no clock step")
            return
        }
        #expect(step.offsetAfter == .seconds(-3_600) && record.at == Instant(microseconds: 5_000_000))
    }

    @Test("a series of many readings keeps its extremes, and has room for what is usual there")
    func series() throws {
        var book = SeriesBook()
        for index in 0..<20_000 {
            let value: Int64 = index == 7_777 ? 200 : index == 15_000 ? 30 : 60 + Int64(index % 10)
            let at = WallTime(microseconds: Int64(index) * 1_000_000)
            let reading = Reading(
                device: DeviceID("d"), binding: 0, kind: .heartRate, value: .number(scaled: value * 10), meaning: .level,
                observedAt: at, receivedAt: Instant(microseconds: at.microseconds), profile: "p")
            book.add(reading, at: at, room: "", isOwn: true)
        }
        var w = JSONWriter()
        #expect(book.devices == [DeviceID("d")])
        book.write(to: &w) { device, kind, w in w.string("\(device) \(kind.name)") }
        let found = try JSONReader.read(w.bytes, limits: DocumentLimits(bytesMax: 1 << 20, depthMax: 8, itemsMax: 100_000)).items?.first
        let values = (found?["points"]?.items ?? []).compactMap { $0.items?[1].number?.wholeNumber }
        #expect(values.count <= SeriesBook.pointsMax && values.count > 100 && values.contains(200) && values.contains(30) && !book.isCut)
        #expect(found?["usual"]?.text == "d vital.heart_rate")
    }
}
