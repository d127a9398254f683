import Foundation
import Simulation
import Testing

extension Integration {
    /// The page of one incident in a real Chromium.
    @Suite("The page of an incident", .serialized, .timeLimit(.minutes(5))) struct IncidentPageTests {
        @Test("an SOS: what to do, whom to call, how to get in, what to tell 120; a call is one press, and is in the history at once")
        func sos() async throws {
            try await Desk.with(residents: 1, homes: Desk.homes(1)) { desk in
                desk.generator.press(0, "safety.sos")
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().contains { $0.kind == "safety.sos" } })
                let incident = try #require(try desk.hub.incidents().first { $0.kind == "safety.sos" })
                let browser = try await desk.page("incident", "#id=\(incident.id)")
                try await browser.await("document.documentElement.dataset.around === '200'")
                #expect(try browser.count("[data-pane=do] .numbered li") >= 4)
                #expect(try browser.text("[data-pane=do]").contains("致电"))
                // The key-holder who lives nearest is called first.
                #expect(try browser.text("[data-pane=contacts] .contact").contains("赵邻居"))
                #expect(try browser.script("return document.querySelector('[data-pane=contacts] .contact a').getAttribute('href');") as? String == "tel:13800002222")
                #expect(try browser.text("[data-pane=access]").contains("院里有狗"))
                let tell = try browser.text("[data-pane=tell] .said")
                #expect(tell.contains("Simulated Road 1") && tell.contains("听力差") && tell.contains("东门进"))
                let why = try browser.text("[data-pane=why]")
                #expect(why.contains("sos"), "\(why)")
                #expect(try browser.text("[data-pane=shelf]").contains("不能搁置"))
                #expect(try browser.count("[data-pane=shelf] [data-verb=shelve]") == 0)
                let times = try browser.text("[data-pane=timeline]")
                for word in ["主机收到", "规则判定", "事件开始"] { #expect(times.contains(word), "\(word)") }

                try await BoardTests.take(browser)
                try await browser.press("[data-pane=contacts] [data-result=family]")
                try await browser.await("document.querySelector('[data-pane=timeline]').textContent.includes('致电 赵邻居')")
                #expect(try desk.hub.incidents().first { $0.id == incident.id }?.state == "contacted")
                try await desk.looks(browser, "incident")

                // Closed by mistake: opened again from here.
                try await browser.press(".card [data-verb=resolve]")
                try browser.type("误触", into: "form.choice:not([hidden]) select")
                try await browser.press("form.choice:not([hidden]) button")
                try await browser.await("document.querySelector('.card').dataset.state === 'resolved'")
                try await browser.press("[data-pane=shelf] [data-verb=reopen]")
                try await browser.press("[data-pane=shelf] form:not([hidden]) button")
                try await browser.await("document.querySelector('.card').dataset.state === 'open' && document.querySelector('[data-pane=timeline]').textContent.includes('重新打开')")
                #expect(try browser.complaints() == [])
            }
        }

        @Test("low oxygen: the hour before it with its limit, and that nothing is learned of oxygen, the rule's numbers and source; shelved with a reason for a while")
        func vital() async throws {
            try await Desk.with(residents: 1, homes: Desk.homes(1)) { desk in
                for index in 0..<24 { desk.measure(0, spo2: 95 + index % 4, ago: 25 - index) }
                #expect(try await eventually(seconds: 15) { desk.generator.published == 24 })
                desk.measure(0, spo2: 80)
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().contains { $0.kind == "vital.spo2.low" } })
                let incident = try #require(try desk.hub.incidents().first { $0.kind == "vital.spo2.low" })
                let browser = try await desk.page("incident", "#id=\(incident.id)")
                try await browser.await("document.querySelector('[data-pane=chart] svg .chart-limit') !== null")
                #expect(try browser.count("[data-pane=chart] svg .chart-mark") == 1 && browser.count("[data-pane=chart] svg .chart-line") == 1)
                let said = try browser.text("[data-pane=chart] figcaption")
                #expect(try said.contains("80 至 98") && said.contains("此项不学习本人的平常值") && browser.count("[data-pane=chart] svg .chart-band") == 0, "\(said)")
                let why = try browser.text("[data-pane=why]")
                #expect(why.contains("NEWS2") && why.contains("spo2-low"), "\(why)")

                try await browser.press("[data-pane=shelf] [data-verb=shelve]")
                try browser.type("30 分钟", into: "[data-pane=shelf] form:not([hidden]) select")
                try browser.type("探头松动，已让老人重新佩戴", into: "[data-pane=shelf] form:not([hidden]) textarea")
                try await browser.press("[data-pane=shelf] form:not([hidden]) button")
                try await browser.await("document.querySelector('[data-pane=shelf]').textContent.includes('探头松动')")
                #expect(try browser.text("[data-pane=shelf] .offer").contains("administrator"))
                try await browser.press("[data-pane=shelf] [data-verb=unshelve]")
                try await browser.await("document.querySelector('[data-pane=shelf] .offer') === null")
                try await desk.looks(browser, "incident-vital")
            }
        }
    }
}
