import Foundation
import Glibc
import Simulation
import Testing

extension Integration {
    /// What a family sees in a real Chromium, and what it does not.
    @Suite("The family's page", .serialized, .timeLimit(.minutes(5))) struct FamilyPageTests {
        /// The status of a request with the page's own cookie.
        static func status(_ browser: Browser, _ method: String, _ path: String) throws -> Int? {
            try browser.scriptAsync("""
                const done = arguments[arguments.length - 1];
                fetch(arguments[1], { method: arguments[0], headers: { 'X-Vigil-Page': '1', 'Content-Type': 'application/json' }, body: arguments[0] === 'GET' ? undefined : '{}' })
                  .then((answer) => done(answer.status), () => done(0));
                """, [method, path]) as? Int
        }

        @Test("a daughter sees her mother alone: protected or not, the day, what happened; she tells that she reached her, and that closes nothing")
        func family() async throws {
            try await Desk.with(residents: 2, homes: Desk.homes(2)) { desk in
                let own = homeName(0) + "-r", other = homeName(1) + "-r"
                for heartRate in [66, 81, 72] { desk.measure(0, spo2: 97, heartRate: heartRate) }
                desk.measure(1, spo2: 93, heartRate: 111)
                try await desk.hub.publish("zigbee2mqtt", "zigbee2mqtt/\(homeName(0))/kitchen_motion", "{\"occupancy\":true,\"battery\":90}")
                for index in 0..<2 { desk.generator.press(index, "safety.sos") }
                let line = desk.hub.line()
                #expect(try await eventually(seconds: 30) {
                    try desk.hub.incidents().count { $0.kind == "safety.sos" } == 2 && line.get("/api/v1/residents/\(own)/readings").text.contains("kitchen")
                })
                let mine = try #require(try desk.hub.incidents().first { $0.resident == own }), others = try #require(try desk.hub.incidents().first { $0.resident == other })

                let browser = try desk.blank()
                try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["add", "李家女儿", "--role", "family", "--resident", own]))
                try await browser.await("location.pathname === '/page/family.html' && document.querySelector('[data-pane=happened] .card') !== null", seconds: 30)
                let text = try browser.text("body")
                #expect(text.contains("Simulated 1") && !text.contains("Simulated 2") && text.contains("守护不完整") && text.contains("紧急求助"))
                #expect(try browser.count("[data-resident]") == 1 && browser.count("[data-incident]") == 1 && browser.count(".way") == 0)
                let day = try browser.text("[data-pane=today]")
                #expect(day.contains("心率") && day.contains("66 – 81") && day.contains("血氧") && !day.contains("111") && !day.contains("还没有活动"), "\(day)")

                // What comes over the wire has no more than what is shown.
                let document = try #require(try browser.scriptAsync("const done = arguments[0]; fetch('/api/v1/family').then((a) => a.text()).then(done);") as? String)
                for secret in ["kitchen", "bedroom", "room", "rule", "evidence", "imei", "topic", "address", "contacts", "occupancy", "posture", "bed_", other, homeName(1), "Simulated 2"] {
                    #expect(!document.contains(secret), "the family's document tells: \(secret)")
                }
                for path in ["incidents", "incidents/\(mine.id)", "incidents/\(mine.id)/surroundings", "stream", "residents", "residents/\(own)", "residents/\(own)/readings", "wall", "devices", "modes", "accounts", "audit", "queues", "rules", "tap", "reports/2026-11"] {
                    #expect(try Self.status(browser, "GET", "/api/v1/" + path) == 403, "\(path)")
                }
                for verb in ["acknowledge", "contact", "arrive", "resolve", "annotate", "hand-over", "shelve", "reopen"] {
                    #expect(try Self.status(browser, "POST", "/api/v1/incidents/\(mine.id)/\(verb)") == 403, "\(verb)")
                }
                #expect(try Self.status(browser, "POST", "/api/v1/family/incidents/\(others.id)/reached") == 404)

                // Two deliberate presses; the service's clocks go on, and it is hers to close.
                try await browser.press("[data-verb=reached]")
                try await browser.await("document.querySelector('[data-verb=reached]').classList.contains('armed')")
                try await browser.await("performance.now() - (window.armed_ ??= performance.now()) > 500")
                try await browser.press("[data-verb=reached]")
                try await browser.await("document.querySelector('[data-incident]').textContent.includes('已联系上') && document.querySelector('[data-verb=reached]') === null")
                let after = try #require(try desk.hub.incidents().first { $0.id == mine.id })
                #expect(after.state == "contacted" && after.annotations.contains { $0.what == "contacted_patient" })
                let held = try line.get("/api/v1/incidents/\(mine.id)").text
                #expect(held.contains("李家女儿"), "\(held.suffix(600))")
                #expect(try desk.hub.incidents().first { $0.id == others.id }?.state == "open")

                // There is no board behind it, and no lock that only a board could open.
                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/")
                try await browser.await("location.pathname === '/page/family.html' && document.querySelector('[data-pane=happened] .card') !== null", seconds: 30)
                try browser.script("const real = Date.now.bind(Date); Date.now = () => real() + 60 * 60_000;")
                try await desk.looks(browser, "family")
                #expect(try browser.isTrue("document.documentElement.dataset.lock === 'open'"))

                // The elder takes the consent back: from the next look on nothing is told, and the page says why.
                let file = desk.hub.config + "/homes.yaml", homes = try String(contentsOfFile: file, encoding: .utf8)
                let consent = try #require(homes.range(of: "consent: [family, station]"))
                try homes.replacingCharacters(in: consent, with: "consent: [station]").write(toFile: file, atomically: true, encoding: .utf8)
                kill(try #require(desk.hub.processID), SIGHUP)
                func told() throws -> String { try browser.scriptAsync("const done = arguments[0]; fetch('/api/v1/family').then((a) => a.text()).then(done);") as? String ?? "" }
                #expect(try await eventually(seconds: 30) { try told() == "{\"residents\":[{\"consent\":false,\"resident\":\"\(own)\"}]}" }, "\((try? told()) ?? "")")
                #expect(try Self.status(browser, "POST", "/api/v1/family/incidents/\(mine.id)/reached") == 404)
                try browser.reload()
                try await browser.await("document.querySelector('[data-withheld]')?.textContent.includes('老人没有同意家人查看')", seconds: 30)
                #expect(try browser.count("[data-incident]") == 0 && browser.count("[data-pane]") == 0 && !browser.isTrue("document.body.textContent.includes('Simulated')"))
                try await browser.press("#language")
                try await browser.await("document.querySelector('[data-withheld]').textContent.includes('No consent to be seen by the family')")
                try await browser.press("#language")
                try await desk.looks(browser, "family-withheld")

                try await browser.press("#leave")
                try await browser.await("location.pathname === '/' && !document.getElementById('login').hidden", seconds: 30)
            }
        }
    }
}
