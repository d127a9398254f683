import Foundation
import Simulation
import Testing

extension Integration {
    /// Residents, wall and reports in a real Chromium.
    @Suite("The pages about residents, and the wall", .serialized, .timeLimit(.minutes(5))) struct CarePageTests {
        @Test("a resident's page: protected or not and why, vital signs with the usual band, rooms, devices, contacts, limits, rules")
        func resident() async throws {
            try await Desk.with(residents: 2, homes: Desk.homes(2)) { desk in
                for index in 0..<24 { desk.measure(0, spo2: 95 + index % 4, heartRate: 66 + index % 9, ago: 25 - index) }
                try await desk.hub.publish("zigbee2mqtt", "zigbee2mqtt/\(homeName(0))/kitchen_motion", "{\"occupancy\":true,\"battery\":90}")
                let browser = try await desk.page("residents")
                try await browser.await("document.querySelectorAll('[data-resident]').length === 2")
                // Nothing was heard of most devices: it must not look protected.
                #expect(try browser.text("[data-resident] .unwell").contains("守护不完整"))
                try await desk.looks(browser, "residents")
                try await browser.press("[data-resident='\(homeName(0))-r'] a")
                try await browser.await("document.querySelectorAll('[data-pane=vitals] svg').length >= 2")
                #expect(try browser.text("[data-pane=vitals]").contains("血氧") && browser.count("[data-pane=vitals] .chart-band") >= 2)
                try await browser.await("document.querySelector('[data-pane=dayStrip] .strip-on') !== null", seconds: 30)
                #expect(try browser.text("[data-pane=contacts] td").contains("赵邻居"))
                #expect(try browser.text("[data-pane=aboutPerson]").contains("院里有狗"))
                #expect(try browser.text("[data-pane=limits]").contains("accepted"))
                #expect(try browser.text("[data-pane=rulesThatWatch]").contains("spo2-low"))
                #expect(try browser.text("[data-pane=guardState]").contains("设备没有消息"))
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelector('[data-pane=openIncidents] a') !== null", seconds: 30)
                try await desk.looks(browser, "resident")
            }
        }

        @Test("the wall counts by station without a name; the report has the minute, its bars and the same as CSV")
        func wallAndReport() async throws {
            try await Desk.with(residents: 2) { desk in
                for index in 0..<2 { desk.generator.press(index, "safety.sos") }
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().count { $0.kind == "safety.sos" } == 2 })
                let browser = try await desk.page("wall")
                try await browser.await("document.querySelector('tr.dead td:nth-child(2)')?.textContent === '2'")
                #expect(try !browser.text("body").contains("Simulated"))
                #expect(try browser.text("tr.dead").contains("sim-station"))
                #expect(try browser.text("[data-tile=hubTile]").contains("正常"))
                try await desk.looks(browser, "wall")
                let own = try browser.script("return document.body.textContent.includes('Road');") as? Bool
                #expect(own == false)

                try await desk.go(browser, "reports")
                try await browser.await("document.querySelector('.bar-part.high') !== null")
                try await browser.press("[data-days='1']")
                try await browser.await("document.querySelector('[data-days=\"1\"]').getAttribute('aria-pressed') === 'true' && document.querySelector('#body .place')?.textContent.includes('2 件')")
                #expect(try browser.text("#body table").contains("事件到接单"))
                try await desk.looks(browser, "reports")
                let address = try #require(try browser.script("return document.getElementById('csv').getAttribute('href');") as? String)
                let csv = try desk.hub.line().get(address)
                #expect(csv.status == 200 && csv.text.hasPrefix("hub,period") && csv.text.contains("\r\nstep,count,missed") && csv.text.contains("taking,2,2"), "\(csv.text)")
            }
        }
    }
}
