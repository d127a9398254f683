import Foundation
import Simulation
import Testing

extension Integration {
    /// Queues, rules, live tap, replay desk and the question why nothing was reported, in a real Chromium.
    @Suite("The technician's further pages", .serialized, .timeLimit(.minutes(5))) struct TechnicianPageTests {
        @Test("a delivery that was refused for good is seen with its reason and sent again")
        func queues() async throws {
            try await Desk.with(residents: 1) { desk in
                desk.generator.press(0, "safety.sos")
                let line = desk.hub.line()
                var key = ""
                #expect(try await eventually(seconds: 15) {
                    let answer = try line.get("/api/v1/queues/station/deliveries")
                    key = try RawJSON.objects(of: "deliveries", in: answer.body).compactMap { try (JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])?["key"] as? String }.first ?? ""
                    return !key.isEmpty
                })
                #expect(try line.post("/api/v1/queues/station/deliveries/\(key)/nack", #"{"reason":"unknown address"}"#).status == 204)
                let browser = try await desk.page("queues")
                try await browser.await("[...document.querySelectorAll('[data-letter]')].some((e) => e.textContent.includes('unknown address'))")
                try await desk.looks(browser, "queues")
                try await browser.press("[data-letter] [data-verb=resend]")
                try await browser.await("document.querySelectorAll('[data-letter]').length === 0")
                #expect(try line.get("/api/v1/queues/station/dead-letters").text.contains(#""dead_letters":[]"#))
                #expect(try browser.complaints() == [])
            }
        }

        @Test("every rule stands there in words with its numbers, its source and its minute")
        func rules() async throws {
            try await Desk.with(residents: 1) { desk in
                let browser = try await desk.page("rules")
                try await browser.await("document.querySelectorAll('[data-rule]').length > 40")
                let rule = try browser.text("[data-rule=spo2-low]")
                #expect(rule.contains("血氧") && rule.contains("NEWS2") && rule.contains("low: 91") && rule.contains("主机 5"), "\(rule)")
                #expect(try browser.text("[data-rule=sos-pressed], [data-rule^=sos]").contains("✔"))
                try browser.type("smoke", into: "#search")
                try await browser.await("[...document.querySelectorAll('[data-rule]')].filter((e) => !e.hidden).every((e) => e.textContent.toLowerCase().includes('smoke'))")
                try await desk.looks(browser, "rules")
            }
        }

        @Test("the tap shows a message as it came, its readings and the incident that it opened; what it saves replays at the desk")
        func tap() async throws {
            try await Desk.with(residents: 1) { desk in
                let browser = try await desk.page("tap")
                try await browser.await("document.getElementById('save') !== null")
                desk.measure(0, spo2: 97)
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelector('.tap-row.hit') !== null && [...document.querySelectorAll('.tap-row')].some((e) => e.textContent.includes('血氧 97'))")
                #expect(try browser.text(".tap-row.hit").contains("sos"))
                #expect(try browser.text(".row + .source").contains("遗漏 0 条"))
                try browser.type("sim-0001/vitals", into: "#filter")
                try await browser.await("document.querySelectorAll('.tap-row').length >= 1 && document.querySelector('.tap-row.hit') === null")
                try browser.script("document.getElementById('filter').value = ''; document.getElementById('filter').dispatchEvent(new Event('input'));")
                try await desk.looks(browser, "tap")
                // The saved lines, as the browser would write them into the file.
                try browser.script("""
                    window.saved_ = ''; const make = URL.createObjectURL;
                    URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved_ = text; }); return make.call(URL, blob); };
                    """)
                try await browser.press("#save")
                try await browser.await("window.saved_.includes('bed_sos')")
                let log = desk.hub.folder + "/tap.jsonl"
                try (browser.script("return window.saved_;") as? String ?? "").write(toFile: log, atomically: true, encoding: .utf8)

                try await desk.go(browser, "replay")
                try await browser.await("document.getElementById('run') !== null")
                try browser.type(log, into: "#log")
                try await browser.press("#run")
                try await browser.await("document.documentElement.dataset.replayed === '200' && document.querySelectorAll('.tap-row').length === 1", seconds: 60)
                #expect(try browser.text(".tap-row").contains("紧急呼叫") || browser.text(".tap-row").contains("SOS"))
            }
        }

        @Test("a stretch of the journal replays to what really happened; lost messages lose incidents, a late clock loses none")
        func replay() async throws {
            try await Desk.with(residents: 2) { desk in
                for index in 0..<2 { desk.generator.press(index, "safety.sos") }
                desk.generator.press(0, "safety.smoke")
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().count { $0.kind.hasPrefix("safety.") } == 3 })
                let browser = try await desk.page("replay")
                try await browser.await("document.getElementById('run') !== null && document.getElementById('since').value !== ''")
                try await browser.press("#run")
                try await browser.await("document.querySelector('[data-compared=againstLive]') !== null", seconds: 60)
                #expect(try browser.text("[data-compared=againstLive] .place").contains("缺少 0"))
                #expect(try browser.text("[data-compared=againstLive] .place").contains("新增 0"))
                try browser.script("document.getElementById('drop').value = '100';")
                try await browser.press("#run")
                try await browser.await("document.querySelector('[data-compared=againstRecorded] .place')?.textContent.includes('缺少 3')", seconds: 60)
                // The player stands at the end; from the beginning nothing has happened yet.
                try browser.script("for (const [id, value] of [['drop', '0'], ['delay', '5'], ['duplicate', '100'], ['clock', '60']]) document.getElementById(id).value = value;")
                try await browser.press("#run")
                try await browser.await("document.querySelector('[data-compared=againstRecorded] .place')?.textContent.includes('缺少 0')", seconds: 60)
                try browser.script("const s = document.getElementById('seek'); s.value = '0'; s.dispatchEvent(new Event('input'));")
                try await browser.await("document.querySelectorAll('.tap-row').length === 0")
                try await browser.press("#play")
                try await browser.await("document.querySelectorAll('.tap-row').length === 3", seconds: 30)
                try await desk.looks(browser, "replay")
            }
        }

        @Test("why there was no alarm at a moment: what was known then, and why each rule stayed silent")
        func why() async throws {
            try await Desk.with(residents: 1) { desk in
                desk.measure(0, spo2: 96)
                let browser = try await desk.page("why", "#resident=\(homeName(0))-r")
                try await browser.await("document.getElementById('resident')?.value === '\(homeName(0))-r'")
                try await eventuallyKnown(browser)
                try await desk.looks(browser, "why")
            }
        }

        /// Asks until the reading is in the journal.
        private func eventuallyKnown(_ browser: Browser) async throws {
            let isKnown = try await eventually(seconds: 30) {
                try browser.script("const now = new Date(Date.now() + 1000); document.getElementById('when').value = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 19);")
                try browser.script("delete document.documentElement.dataset.answered;")
                try browser.click("#go")
                for _ in 0..<100 where try !browser.isTrue("'answered' in document.documentElement.dataset") { usleep(50_000) }
                return try browser.isTrue("document.getElementById('body').textContent.includes('vital.spo2 = 96') && document.getElementById('body').textContent.includes('silent:')")
            }
            let shown = try browser.text("#body")
            #expect(isKnown, "\(shown.prefix(2_000))")
        }
    }
}
