import Foundation
import Simulation
import Testing

extension Integration {
    /// The duty board in a real Chromium, against a real hub and its broker.
    @Suite("The duty board", .serialized, .timeLimit(.minutes(5))) struct BoardTests {
        @Test("an SOS is on the board within a second of its publish, and sounds")
        func sos() async throws {
            let times = isFull ? 50 : 10
            try await Desk.with(residents: 2 * times) { desk in
                let browser = try await desk.board(mayPlay: true)
                for isReloaded in [false, true] {
                    let shown = isReloaded ? times : 0
                    if isReloaded { try browser.reload() }
                    try await browser.await("document.querySelectorAll('.card.high').length === \(shown) && document.documentElement.dataset.audio === 'running'", seconds: 15)
                    var seen: [Int64] = []
                    for index in shown..<shown + times {
                        let begun = microseconds()
                        desk.generator.press(index, "safety.sos")
                        seen.append(try await browser.await("document.querySelectorAll('.card.high').length === \(index + 1) && document.documentElement.dataset.audio === 'running'") - begun)
                    }
                    figure("SOS published to card on the board\(isReloaded ? " after a reload" : ""), sound running, \(times) times: \(percentiles(seen)), p95 \(milliseconds(percentile(seen, 0.95)))")
                    // The short form is for a debug build on a machine that does other things too.
                    #expect(percentile(seen, 0.95) <= (isFull ? 1_000_000 : 5_000_000))
                }
                #expect(try browser.complaints() == [])
            }
        }

        @Test("taken in two deliberate steps, contacted, closed with a reason; another browser shows each within a second")
        func life() async throws {
            try await Desk.with(residents: 1) { desk in
                let nurse = try await desk.board(), other = try await desk.board()
                desk.generator.press(0, "safety.sos")
                for browser in [nurse, other] { try await browser.await("document.querySelectorAll('.card.high').length === 1") }
                // Simulated people were born in 1940.
                let years = Calendar.current.component(.year, from: Date()) - 1_940
                #expect(try nurse.text(".card .place").contains("Simulated 1 · \(years) 岁 · "))
                // A birthday counts from its own day; what is no date, or lies ahead, is no age.
                let ages = try nurse.scriptAsync("""
                    const done = arguments[arguments.length - 1], now = new Date(), two = (n) => String(n).padStart(2, '0');
                    const born = (days) => { const d = new Date(now.getFullYear() - 80, now.getMonth(), now.getDate() + days); return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`; };
                    import('/page/card.js').then((card) => done([born(-1), born(0), born(1), '1940', '', 'soon', '2199'].map(card.age))).catch((fault) => done([String(fault)]));
                    """) as? [Any] ?? []
                #expect(ages.map { $0 as? Int } == [80, 80, 79, years, nil, nil, nil], "\(ages)")
                let queued = try desk.hub.line().get("/api/v1/queues/station/deliveries").text
                #expect(queued.contains("Simulated 1") && !queued.contains("born"), "\(queued)")
                try await nurse.await("document.documentElement.dataset.sounds === 'alarm'")
                // One press of a red one changes nothing but the button.
                try await nurse.press("[data-verb=acknowledge]")
                try await nurse.await("document.querySelector('[data-verb=acknowledge]').classList.contains('armed')")
                #expect(try desk.hub.incidents().allSatisfy { $0.state == "open" })
                try await BoardTests.take(nurse)
                try await BoardTests.bothSee(nurse, other, ".card .owner", "administrator")
                for browser in [nurse, other] { try await browser.await("document.documentElement.dataset.sounds === 'nothing'") }

                try await nurse.press("[data-verb=contact]")
                try nurse.type("已联系本人", into: ".card form.choice:not([hidden]) select")
                try nurse.type("神志清楚，无外伤", into: ".card form.choice:not([hidden]) textarea")
                try await nurse.press(".card form.choice:not([hidden]) button")
                try await BoardTests.bothSee(nurse, other, ".card .state", "已联系")

                try await nurse.press("[data-verb=resolve]")
                try nurse.type("误触", into: ".card form.choice:not([hidden]) select")
                try await nurse.press(".card form.choice:not([hidden]) button")
                try await BoardTests.bothSee(nurse, other, ".card .state", "已结案")
                let closed = try #require(try desk.hub.incidents().first { $0.kind == "safety.sos" })
                #expect(closed.state == "resolved")
                #expect(try nurse.complaints() + other.complaints() == [])
            }
        }

        /// Presses the first red card's button until the press is on its way: twice, each time deliberately.
        static func take(_ browser: Browser, _ card: String = ".card") async throws {
            let isPressed = try await eventually(seconds: 20, every: .milliseconds(400)) {
                if try browser.isTrue("document.querySelector('\(card) .presses li, \(card) .owner:not([hidden])')") { return true }
                try browser.click("\(card) [data-verb=acknowledge]")
                return try browser.isTrue("document.querySelector('\(card) .presses li, \(card) .owner:not([hidden])')")
            }
            #expect(isPressed, "the press was not seen on its card")
        }

        /// Waits until the first shows a text, then measures how much later the second does.
        static func bothSee(_ first: Browser, _ second: Browser, _ css: String, _ text: String) async throws {
            let condition = "(document.querySelector('\(css)')?.textContent ?? '').includes('\(text)')"
            let own = try await first.await(condition)
            let other = try await second.await(condition)
            figure("\(text) in another browser after \(milliseconds(max(0, other - own)))")
            #expect(other - own <= (isFull ? 1_000_000 : 3_000_000))
        }

        @Test("a hand-over stays with its owner until the successor accepts; each acts in the name that the desk was given")
        func handOver() async throws {
            try await Desk.with(residents: 2) { desk in
                let early = try await desk.board(), late = try await desk.board()
                for (browser, name) in [(early, "李护士"), (late, "王护士")] {
                    try await browser.press("#who")
                    try browser.type(name, into: "#name")
                    try await browser.press("#shift button")
                    try await browser.await("document.getElementById('who').textContent.includes('\(name)')")
                }
                desk.generator.press(0, "safety.sos")
                try await early.await("document.querySelectorAll('.card.high').length === 1")
                try await BoardTests.take(early)
                try await BoardTests.bothSee(early, late, ".card .owner", "李护士")

                // At the end of a shift everything that one holds, in one step.
                try await early.press("#hand-all")
                try early.type("王护士", into: "#successor")
                try await early.press("#hand-all-form button")
                try await BoardTests.bothSee(early, late, ".card .offer", "移交")
                #expect(try late.text(".card .owner").contains("李护士"))
                #expect(try early.isTrue("document.querySelector('.card [data-verb=acknowledge]').hidden"))
                try await late.press(".card [data-verb=acknowledge]")
                try await BoardTests.bothSee(late, early, ".card .owner", "王护士")
                #expect(try late.isTrue("document.querySelector('.card .offer').hidden"))
            }
        }

        @Test("every action goes by keyboard alone, and sound begins with the first key, again after a reload")
        func keyboard() async throws {
            try await Desk.with(residents: 1) { desk in
                let browser = try await desk.board()
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelectorAll('.card.high').length === 1")
                try browser.reload()
                // A reload takes the sound away until somebody does something: a full-width bar says so.
                try await browser.await("document.querySelectorAll('.card.high').length === 1")
                try await browser.await("document.documentElement.dataset.audio === 'silent' && document.getElementById('sound').offsetWidth === document.documentElement.clientWidth && !document.getElementById('sound-on').hidden")
                try browser.type("\u{E004}")
                try await browser.await("document.documentElement.dataset.audio === 'running'", seconds: 5)
                // The alarm is heard and confirmed; then the bar goes.
                try await browser.press("#sound-test")
                try await browser.press("#sound-heard")
                try await browser.await("document.getElementById('sound').hidden")

                try await BoardTests.reach(browser, "acknowledge")
                let isTaken = try await eventually(seconds: 20, every: .milliseconds(400)) {
                    if try browser.isTrue("document.querySelector('.card .owner:not([hidden])')") { return true }
                    try browser.type("\u{E007}")
                    return false
                }
                #expect(isTaken)
                try await BoardTests.reach(browser, "contact")
                try browser.type("\u{E007}")
                // The form opens with its first field in focus.
                try await browser.await("document.activeElement.tagName === 'SELECT'")
                try browser.type("已联系家属")
                try browser.type("\u{E004}")
                try browser.type("孙女说老人刚睡着")
                try browser.type("\u{E004}")
                try browser.type("\u{E007}")
                try await browser.await("document.querySelector('.card').dataset.state === 'contacted'")
                try await BoardTests.reach(browser, "resolve")
                try browser.type("\u{E007}")
                try await browser.await("document.activeElement.tagName === 'SELECT'")
                try browser.type("误触")
                try browser.type("\u{E004}")
                try browser.type("\u{E004}")
                try browser.type("\u{E007}")
                try await browser.await("document.querySelector('.card').dataset.state === 'resolved'")
                #expect(try browser.complaints() == [])
            }
        }

        /// Goes with Tab to a button of the first card.
        static func reach(_ browser: Browser, _ verb: String) async throws {
            for _ in 0..<60 where try !browser.isTrue("document.activeElement.dataset.verb === '\(verb)'") { try browser.type("\u{E004}") }
            #expect(try browser.isTrue("document.activeElement.dataset.verb === '\(verb)'"), "no way to \(verb) by keyboard")
        }

        @Test("a lost stream is a full-width bar; what happened meanwhile is there when it is back, and no press is lost")
        func cut() async throws {
            try await Desk.with(residents: 3) { desk in
                let line = try CutLine(to: desk.hub.httpPort)
                defer { line.stop() }
                let browser = try await desk.board(port: line.port)
                // Nothing to be done, and yet a board without its hub must be heard.
                line.cut()
                try await browser.await("!document.getElementById('lost').hidden && document.documentElement.dataset.sounds === 'lost'")
                line.mend()
                try await browser.await("document.getElementById('lost').hidden && document.documentElement.dataset.sounds === 'nothing'", seconds: 30)
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelectorAll('.card.high').length === 1")
                line.cut()
                try await browser.await("!document.getElementById('lost').hidden && document.getElementById('lost').offsetWidth === document.documentElement.clientWidth")
                desk.generator.press(1, "safety.smoke")
                desk.generator.press(2, "safety.sos")
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().count { $0.kind == "safety.sos" || $0.kind == "safety.smoke" } == 3 })
                // A press while nothing gets through: its state is seen, and it survives a reload.
                try await BoardTests.take(browser)
                try await browser.await("document.querySelector('.presses .retrying') !== null")
                line.mend()
                let mended = microseconds()
                try browser.reload()
                try await browser.await("document.querySelectorAll('.card').length === 3 && document.documentElement.dataset.link === 'linked' && document.getElementById('lost').hidden")
                figure("mended to everything shown: \(milliseconds(microseconds() - mended))")
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().count { $0.state == "acknowledged" } == 1 })
                try await browser.await("[...document.querySelectorAll('.card .owner')].filter((e) => e.textContent.includes('administrator')).length === 1")

                // The stream itself comes back, without a reload.
                line.cut()
                try await browser.await("!document.getElementById('lost').hidden")
                desk.generator.press(0, "safety.smoke")
                line.mend()
                try await browser.await("document.querySelectorAll('.card').length === 4 && document.getElementById('lost').hidden", seconds: 30)
            }
        }
    }
}
