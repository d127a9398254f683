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

        @Test("visitors and an absence are told at a resident's page, with whom, until when and who told it; ending brings back normal")
        func modes() async throws {
            try await Desk.with(residents: 1, homes: Desk.homes(1)) { desk in
                let browser = try desk.blank(), line = desk.hub.line(), resident = homeName(0) + "-r"
                try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["add", "王芳", "--role", "caregiver"]))
                try await desk.go(browser, "residents", "#id=\(resident)")
                let pane = "[data-pane=modesTitle]"
                try await browser.await("document.querySelector('\(pane)')?.textContent.includes('没有登记')")
                func tell(_ what: String, _ whom: String, _ time: String) async throws {
                    try await browser.press("\(pane) [data-verb=mode]")
                    for (place, text) in [what, whom, time].enumerated() { try browser.type(text, into: "\(pane) form label:nth-of-type(\(place + 1)) select") }
                    try await browser.press("\(pane) form button")
                }
                try await tell("住院", "这位老人", "7")
                try await browser.await("(document.querySelector('\(pane) [data-mode=hospital]')?.textContent ?? '').includes('登记人：王芳')", seconds: 30)
                #expect(try browser.text("\(pane) [data-mode=hospital]").contains("Simulated 1"))
                try await tell("有来客", "全户", "4")
                try await browser.await("document.querySelectorAll('\(pane) [data-mode]').length === 2", seconds: 30)
                #expect(try browser.text("\(pane) [data-mode=visitors]").contains("全户"))
                let held = try line.get("/api/v1/modes").text
                #expect(held.contains(#""mode":"hospital""#) && held.contains(#""told_by":"王芳""#) && held.contains(resident), "\(held)")
                // Longer than visitors may be said to stay: refused, and why.
                try await tell("有来客", "全户", "90")
                try await browser.await("document.querySelector('\(pane) .presses .refused')?.textContent.includes('不在允许范围')", seconds: 30)
                try await desk.looks(browser, "modes")
                try await browser.press("\(pane) .presses .refused button")
                try await browser.press("\(pane) [data-verb=normal]")
                try await browser.await("document.querySelector('\(pane)').textContent.includes('没有登记')", seconds: 30)
                #expect(try line.get("/api/v1/modes").text == #"{"modes":[]}"#)
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
                // Most devices have never been heard: which ones, and where.
                #expect(try browser.text("#body .table:last-of-type").contains("还没有收到过") && browser.count("#body .table:last-of-type tbody tr") > 3)
                #expect(try browser.text("[data-tile=hubTile]").contains("正常"))
                try await desk.looks(browser, "wall")
                let own = try browser.script("return document.body.textContent.includes('Road');") as? Bool
                #expect(own == false)

                try await desk.go(browser, "reports")
                try await browser.await("document.querySelector('.bar-part.high') !== null")
                try await browser.press("[data-days='1']")
                try await browser.await("document.querySelector('[data-days=\"1\"]').getAttribute('aria-pressed') === 'true' && document.querySelector('#body .place')?.textContent.includes('2 件')")
                #expect(try browser.text("#body table").contains("事件到接单"))
                // Two residents, covered since the hub's start; the day before it counts as time without a hub.
                let said = try browser.text("#body")
                #expect(said.contains("守护有效率") && said.contains("应守护 2 人") && said.contains("主机停机") && said.contains("例行工作") && said.contains("呼叫测试"), "\(said)")
                try await desk.looks(browser, "reports")
                let address = try #require(try browser.script("return document.getElementById('csv').getAttribute('href');") as? String)
                let csv = try desk.hub.line().get(address)
                #expect(csv.status == 200 && csv.text.hasPrefix("hub,period") && csv.text.contains("\r\nstep,count,missed") && csv.text.contains("taking,2,2") && csv.text.contains("\r\ncoverage,2,2,2,"), "\(csv.text)")
            }
        }
    }
}
