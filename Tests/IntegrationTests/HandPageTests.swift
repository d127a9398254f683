import Foundation
import Simulation
import Testing

extension Integration {
    /// Two presses of a nurse on her way, against a real hub: the next tier by hand, and the code at the door.
    @Suite("The next tier and the code at the door, in the browser", .serialized, .timeLimit(.minutes(5))) struct HandPageTests {
        @Test("escalated in two deliberate steps, by pointer and by keys: seen until the hub has it, over a cut line and a reload; the owner keeps it; refused in words once everybody is told; no button without the right")
        func escalate() async throws {
            try await Desk.with(residents: 1, homes: Desk.homes(1)) { desk in
                let line = try CutLine(to: desk.hub.httpPort)
                defer { line.stop() }
                let browser = try await desk.board(port: line.port)
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelectorAll('.card.high').length === 1")
                try await BoardTests.take(browser)
                try await browser.await("document.querySelector('.card .owner').textContent.includes('administrator')")
                let id = try #require(try desk.hub.incidents().first { $0.kind == "safety.sos" }?.id)
                func byHand() throws -> Int { try desk.hub.incidents().first { $0.id == id }?.annotations.count { $0.what == "escalated_by_hand" } ?? -1 }
                // One press changes nothing but the button.
                try await browser.press(".card [data-verb=escalate]")
                try await browser.await("document.querySelector('[data-verb=escalate]').className === 'armed' && document.querySelector('[data-verb=escalate]').textContent.includes('再按一次')")
                #expect(try byHand() == 0)
                try await Self.onward(browser, tier: 2)
                #expect(try byHand() == 1 && browser.text(".card .owner").contains("administrator"))

                // While nothing gets through: its state is seen, and it survives a reload.
                try await browser.await("document.querySelector('.presses li') === null", seconds: 20)
                line.cut()
                try await Self.pressTwice(browser, until: "document.querySelector('.presses .retrying, .presses .sending')")
                try await browser.await("document.querySelector('.presses .retrying')?.textContent.includes('升级')", seconds: 30)
                line.mend()
                try browser.reload()
                try await browser.await("document.querySelector('.card .tier')?.textContent.includes('第 3 级')", seconds: 30)
                #expect(try byHand() == 2)

                // The same at the incident's page, with keys alone, in English.
                try await desk.go(browser, "incident", "#id=\(id)")
                try await browser.await("document.documentElement.dataset.around === '200'")
                try KeyboardTests.press(browser, "#language")
                try KeyboardTests.reach(browser, ".card [data-verb=escalate]")
                #expect(try browser.text(".card [data-verb=escalate]") == "Escalate")
                let isTold = try await eventually(seconds: 20, every: .milliseconds(400)) {
                    if try browser.text(".card .tier").contains("Tier 4") { return true }
                    let isSent = try browser.isTrue("document.querySelector('.card .presses li')")
                    if try !isSent && browser.isTrue("document.activeElement.matches('.card [data-verb=escalate]')") { try browser.type(KeyboardTests.enter) }
                    return try browser.text(".card .tier").contains("Tier 4")
                }
                #expect(try isTold && byHand() == 3)

                // Everybody in the plan is told: the hub refuses, the page says it.
                try await browser.await("document.querySelector('.card .presses li') === null", seconds: 20)
                try await Self.pressTwice(browser, until: "document.querySelector('.card .presses .refused')")
                #expect(try browser.text(".card .presses .refused").contains("everybody in the plan is told already") && byHand() == 3)
                try await browser.press("#language")
                #expect(try browser.text(".card .presses .refused").contains("各级都已通知"))
                try await desk.looks(browser, "incident-escalated")
                #expect(try browser.complaints() == [])

                let technician = try desk.blank()
                try await AccountPageTests.setUp(technician, try await AccountPageTests.link(desk, ["add", "赵工", "--role", "technician"]))
                try await technician.await("document.querySelectorAll('.card').length === 1")
                #expect(try technician.isTrue("document.querySelector('.card [data-verb=escalate]').offsetParent === null"))
            }
        }

        /// Presses deliberately until something of the page is true.
        private static func pressTwice(_ browser: Browser, until isSeen: String) async throws {
            let isDone = try await eventually(seconds: 20, every: .milliseconds(400)) {
                if try browser.isTrue(isSeen) { return true }
                if try browser.isTrue("!document.querySelector('.card [data-verb=escalate]').disabled") { try browser.click(".card [data-verb=escalate]") }
                return try browser.isTrue(isSeen)
            }
            #expect(isDone, "not seen: \(isSeen)")
        }

        private static func onward(_ browser: Browser, tier: Int) async throws {
            // The line of the taking may stand there still.
            try await pressTwice(browser, until: "[...document.querySelectorAll('.card .presses li')].some((line) => line.textContent.includes('升级'))")
            try await browser.await("document.querySelector('.card .tier').textContent.includes('第 \(tier) 级')")
        }

        @Test("the code at the door: one scan keeps the visit that was due, sets the own incident on site, and counts once; a code of nobody's is told in words")
        func visit() async throws {
            let homes = Desk.homes(1).replacingOccurrences(of: "        notes: 听力差", with: "        visit_days: 7\n        notes: 听力差")
            try await Desk.with(residents: 1, homes: homes) { desk in
                let resident = homeName(0) + "-r", browser = try desk.blank()
                try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["add", "王芳", "--role", "caregiver"]))
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelectorAll('.card.high').length === 1")
                try await BoardTests.take(browser)
                try await browser.await("document.querySelector('.card .owner').textContent.includes('王芳')")
                let (status, output) = try await desk.hub.command(["visit-code", "--config", desk.hub.config, resident])
                let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
                let link = try #require(lines.first { $0.contains("/visit#") }, "\(status ?? -1) \(lines)")
                #expect(status == 0 && link.hasPrefix("http://127.0.0.1:\(desk.hub.httpPort)/visit#"))

                try browser.open("about:blank")
                try browser.open(link)
                try await browser.await("document.documentElement.dataset.visit === 'done'", seconds: 30)
                try await browser.await("document.querySelector('[data-pane=visit] [data-incident]')?.textContent.includes('请')")
                let said = try browser.text("[data-pane=visit]"), code = String(link.split(separator: "#").last ?? "?")
                #expect(said.contains("Simulated 1") && said.contains("探访任务已完成") && said.contains("已标记到场的事件（1）"), "\(said)")
                #expect(try !browser.isTrue("(location.href + JSON.stringify(sessionStorage) + document.documentElement.outerHTML).includes('\(code)')"))
                #expect(try desk.hub.incidents().first { $0.kind == "safety.sos" }?.state == "on_site")
                try await desk.looks(browser, "visit-real")

                try browser.open("about:blank")
                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/visit#00000000000000000000000000")
                try await browser.await("document.documentElement.dataset.visit === 'refused'", seconds: 30)
                #expect(try browser.text("[data-pane=visit]").contains("没有这个签到码"))
                #expect(try browser.complaints() == [])
            }
        }
    }
}
