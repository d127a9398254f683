import Foundation
import Simulation
import Testing

extension Integration {
    /// docs/tasks.md, done as a new nurse and a new technician would: the clicks that it states, and a picture of each.
    @Suite("The fifteen tasks", .serialized, .timeLimit(.minutes(8))) struct TaskTests {
        /// The clicks that the guide states, by number.
        static func stated() throws -> [Int: Int] {
            let text = try String(contentsOfFile: HubProcess.root + "/docs/tasks.md", encoding: .utf8)
            var found: [Int: Int] = [:]
            for line in text.split(separator: "\n") where line.hasPrefix("## ") {
                let words = line.split(separator: " ")
                guard words.count > 4, let number = Int(words[1].dropLast()), let clicks = Int(words[words.count - 2]) else { throw KitFailure("no task: \(line)") }
                found[number] = clicks
            }
            return found
        }

        /// Does one task, and holds its clicks against the guide. A choice from a list is a click that a keyboard makes here.
        private static func task(_ number: Int, _ desk: Desk, _ browser: Browser, choices: Int = 0, _ steps: () async throws -> Void) async throws {
            let before = browser.presses
            try await steps()
            let made = browser.presses - before + choices
            #expect(try stated()[number] == made, "task \(number) took \(made) clicks")
            try browser.screenshot(try BoardLooksTests.pictures(desk) + "/task-\(number < 10 ? "0" : "")\(number).png")
        }

        @Test("the nurse's tasks take the clicks that docs/tasks.md states")
        func nurse() async throws {
            #expect(try Self.stated().keys.sorted() == Array(1...15))
            try await Desk.with(residents: 2, homes: Desk.homes(2)) { desk in
                let board = try await desk.board()
                try await Self.task(1, desk, board) {
                    try await board.press("#who")
                    try board.type("李护士", into: "#name")
                    try await board.press("#shift button")
                    try await board.press("#sound-test")
                    try await board.press("#sound-heard")
                    try await board.await("document.getElementById('sound').hidden && document.getElementById('who').textContent.includes('李护士')")
                }
                desk.generator.press(0, "safety.sos")
                try await board.await("document.querySelectorAll('.card.high').length === 1")
                try await Self.task(2, desk, board) {
                    try await board.press("[data-verb=acknowledge]")
                    try await board.await("document.querySelector('[data-verb=acknowledge]').classList.contains('armed')")
                    try await board.await("performance.now() - (window.armed_ ??= performance.now()) > 500")
                    try await board.press("[data-verb=acknowledge]")
                    try await board.await("document.querySelector('.card .owner').textContent.includes('李护士')")
                }
                let page = try await desk.board()
                try await page.await("document.querySelectorAll('.card').length === 1")
                try await Self.task(3, desk, page) {
                    try await page.press(".card .foot a")
                    try page.newestTab()
                    try await page.await("document.querySelector('[data-pane=access]')?.textContent.includes('东门进')")
                }
                try await Self.task(4, desk, page) {
                    try await page.press("[data-pane=contacts] [data-result=no_answer]")
                    try await page.await("document.querySelector('[data-pane=timeline]').textContent.includes('致电 赵邻居')")
                }
                try await Self.task(5, desk, board, choices: 1) {
                    try await board.press("[data-verb=resolve]")
                    try board.type("误触", into: ".card form.choice:not([hidden]) select")
                    try await board.press(".card form.choice:not([hidden]) button")
                    try await board.await("document.querySelector('.card').dataset.state === 'resolved'")
                }
                try await Self.task(6, desk, page) {
                    try await page.press("[data-pane=shelf] [data-verb=reopen]")
                    try await page.press("[data-pane=shelf] form:not([hidden]) button")
                    try await page.await("document.querySelector('.card').dataset.state === 'open'")
                }
                // What became of the closing is shown for some seconds; then the card is as new.
                try await board.await("document.querySelector('.card')?.dataset.state === 'open' && document.querySelector('.card .presses li') === null", seconds: 30)
                try await board.press("[data-verb=acknowledge]")
                try await board.await("performance.now() - (window.again_ ??= performance.now()) > 500")
                try await board.press("[data-verb=acknowledge]")
                try await board.await("document.querySelector('.card')?.dataset.state === 'acknowledged' && !document.getElementById('hand-all').hidden")
                try await Self.task(7, desk, board) {
                    try await board.press("#hand-all")
                    try board.type("王护士", into: "#successor")
                    try await board.press("#hand-all-form button")
                    try await board.await("document.querySelector('.card .offer').textContent.includes('王护士')")
                }
                let late = try await desk.board()
                try await late.press("#who")
                try late.type("王护士", into: "#name")
                try await late.press("#shift button")
                try await late.await("document.querySelector('.card .offer')?.textContent.includes('请接受')")
                try await Self.task(8, desk, late) {
                    try await late.press(".card [data-verb=acknowledge]")
                    try await late.await("document.querySelector('.card .owner').textContent.includes('王护士')")
                }
                desk.measure(1, spo2: 80)
                try await late.await("document.querySelectorAll('.card').length === 2")
                let id = try #require(try desk.hub.incidents().first { $0.kind == "vital.spo2.low" }?.id)
                try await Self.task(9, desk, late, choices: 1) {
                    try await late.press(".card[data-incident='\(id)'] .foot a")
                    try late.newestTab()
                    try await late.press("[data-pane=shelf] [data-verb=shelve]")
                    try late.type("2 小时", into: "[data-pane=shelf] form:not([hidden]) select")
                    try late.type("探头松动，女儿晚上来换", into: "[data-pane=shelf] form:not([hidden]) textarea")
                    try await late.press("[data-pane=shelf] form:not([hidden]) button")
                    try await late.await("document.querySelector('[data-pane=shelf] .offer')?.textContent.includes('探头松动')")
                }
                try await Self.task(10, desk, board) {
                    try await board.press("#to-more")
                    try board.newestTab()
                    try await board.press("[data-resident='\(homeName(0))-r'] a")
                    try await board.await("document.querySelector('[data-pane=guardState]') !== null")
                }
            }
        }

        @Test("the technician's tasks take the clicks that docs/tasks.md states")
        func technician() async throws {
            let watch = "imei:860000000099999"
            try await Desk.with(residents: 1, homes: Desk.homes(1)) { desk in
                func press() { desk.generator.publish("iMEDE_watch/sos", "{\"status\":\"SOS\",\"location\":{},\"IMEI\":\"860000000099999\"}") }
                press()
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().contains { $0.kind == "safety.sos" } })
                let board = try await desk.board()
                try await Self.task(11, desk, board) {
                    try await board.press("#to-devices")
                    try board.newestTab()
                    try await board.press("#unknown [data-verb=adopt]")
                    try await board.await("document.querySelector('#unknown form:not([hidden]) input') !== null")
                    try board.script("document.querySelector('#unknown form input').value = '';")
                    for (index, text) in ["kati-4g-watch", homeName(0), homeName(0) + "-r", "卧室"].enumerated() { try board.type(text, into: "#unknown form label:nth-of-type(\(index + 1)) input") }
                    try await board.press("#unknown form button")
                    try await board.await("document.querySelector(\".card[data-device='\(watch)']\") !== null")
                }
                try await Self.task(12, desk, board) {
                    try await board.press(".card[data-device='\(watch)'] [data-verb=arm]")
                    try await board.await("document.querySelector(\".card[data-device='\(watch)'] .presses .done\") !== null")
                    press()
                    try await board.await("document.querySelector(\".card[data-device='\(watch)'] .offer\")?.textContent.includes('演练事件已开出')")
                }
                let second = try await desk.board()
                try await Self.task(13, desk, second) {
                    try await second.press("#to-more")
                    try second.newestTab()
                    try await second.press("a.way[href='/page/why.html']")
                    try await second.await("document.getElementById('resident') !== null && document.getElementById('when')?.value !== ''")
                    try second.script("document.getElementById('resident').value = '\(homeName(0))-r';")
                    try await second.press("#go")
                    try await second.await("document.getElementById('body').textContent.includes('rules that looked')", seconds: 60)
                }
                let third = try await desk.board()
                try await Self.task(14, desk, third) {
                    try await third.press("#to-more")
                    try third.newestTab()
                    try await third.press("a.way[href='/page/replay.html']")
                    try await third.await("document.getElementById('since')?.value")
                    try await third.press("#run")
                    try await third.await("document.querySelector('[data-compared=againstLive]') !== null", seconds: 60)
                }
                let line = desk.hub.line()
                let answer = try line.get("/api/v1/queues/station/deliveries")
                let key = try #require(try RawJSON.objects(of: "deliveries", in: answer.body).compactMap { try (JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])?["key"] as? String }.first)
                #expect(try line.post("/api/v1/queues/station/deliveries/\(key)/nack", #"{"reason":"wrong address"}"#).status == 204)
                let fourth = try await desk.board()
                try await Self.task(15, desk, fourth) {
                    try await fourth.press("#to-more")
                    try fourth.newestTab()
                    try await fourth.press("a.way[href='/page/queues.html']")
                    try await fourth.press("[data-letter] [data-verb=resend]")
                    try await fourth.await("document.querySelectorAll('[data-letter]').length === 0")
                }
            }
        }
    }
}
