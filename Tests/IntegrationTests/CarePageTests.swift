import Foundation
import Simulation
import Testing

extension Integration {
    /// Residents, wall and reports in a real Chromium.
    @Suite("The pages about residents, and the wall", .serialized, .timeLimit(.minutes(5))) struct CarePageTests {
        @Test("a resident's page: protected or not and why, vital signs with what is learned of the person, rooms, devices, contacts, limits, rules")
        func resident() async throws {
            let homes = Desk.homes(2).replacingOccurrences(of: "spo2-low: {accepted:", with: "spo2-low: {set_by: 李医生（家庭医生）, accepted:")
            try await Desk.with(residents: 2, homes: homes) { desk in
                for index in 0..<24 { desk.measure(0, spo2: 95 + index % 4, heartRate: 66 + index % 9, ago: 25 - index) }
                try await desk.hub.publish("zigbee2mqtt", "zigbee2mqtt/\(homeName(0))/kitchen_motion", "{\"occupancy\":true,\"battery\":90}")
                let browser = try await desk.page("residents")
                try await browser.await("document.querySelectorAll('[data-resident]').length === 2")
                // Nothing was heard of most devices: it must not look protected.
                #expect(try browser.text("[data-resident] .unwell").contains("守护不完整"))
                try await desk.looks(browser, "residents")
                try await browser.press("[data-resident='\(homeName(0))-r'] a")
                try await browser.await("document.querySelectorAll('[data-pane=vitals] svg').length >= 2")
                // A hub of a minute has learned nobody's pulse, and does not draw a range as if it had.
                let vitals = try browser.text("[data-pane=vitals]")
                #expect(vitals.contains("血氧") && vitals.contains("满 14 天后显示") && vitals.contains("此项不学习本人的平常值"), "\(vitals)")
                #expect(try browser.count("[data-pane=vitals] .chart-band") == 0)
                try await browser.await("document.querySelector('[data-pane=dayStrip] .strip-on') !== null", seconds: 30)
                #expect(try browser.text("[data-pane=contacts] td").contains("赵邻居"))
                #expect(try browser.text("[data-pane=aboutPerson]").contains("院里有狗"))
                let limits = try browser.script("return [...document.querySelectorAll('[data-pane=limits] tbody tr')].map((e) => [...e.children].map((cell) => cell.textContent));") as? [[String]] ?? []
                #expect(limits.count == 3 && limits.allSatisfy { $0[1].contains("accepted") && !$0[1].contains("set_by") }, "\(limits)")
                #expect(limits.map { $0[2] } == ["没有登记", "没有登记", "李医生（家庭医生）"], "\(limits)")
                let plan = try browser.text("[data-pane=planTitle]")
                #expect(plan.contains("▲ 紧急") && plan.contains("0 秒 后通知") && plan.contains("care.station") && plan.contains("建议拨打120"), "\(plan)")
                // The shipped plan keeps what can wait for the morning, and says for whom it does not.
                let night = try browser.text("[data-pane=planByTime] [data-response=night-technical]"), rest = try browser.text("[data-pane=planByTime] [data-response=night]")
                #expect(night.contains("22:00-06:00") && night.contains("设备与主机") && night.contains("晨间清单，06:00 通知 care.station") && night.contains("care.town") && night.contains("例外"), "\(night)")
                #expect(rest.contains("求助与安全") && rest.contains("● 一般、ℹ 提示") && !rest.contains("care.town") && !rest.contains("例外") && !rest.contains("设备"), "\(rest)")
                #expect(try browser.text("[data-pane=rulesThatWatch]").contains("spo2-low"))
                #expect(try browser.text("[data-pane=guardState]").contains("设备没有消息"))
                desk.generator.press(0, "safety.sos")
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().contains { $0.kind == "safety.sos" } })
                // Read again now, not after ten seconds.
                try browser.script("dispatchEvent(new Event('hashchange'));")
                try await browser.await("document.querySelector('[data-pane=openIncidents] a') !== null", seconds: 30)
                // What a hub of weeks would answer (LearnedUsualsTests holds the document): the range of each hour, and what it rests on.
                try browser.script("""
                    const real = window.fetch;
                    window.fetch = async (path, options) => {
                      const answer = await real(path, options);
                      if (!String(path).includes('/readings')) return answer;
                      const body = await answer.json(), to = Date.parse(body.through), hour = 3600000;
                      const spans = [...Array(24).keys()].map((n) => [to - (24 - n) * hour, to - (23 - n) * hour, 66, 70, 74]);
                      for (const one of body.series) if (one.kind === 'vital.heart_rate') one.usual = { is: 'learned', as_of: body.through, since: '2026-01-05T00:00:00.000000Z', count: 4321, learn_days: 14, spans };
                      return new Response(JSON.stringify(body), { status: 200, headers: { Date: new Date().toUTCString() } });
                    };
                    dispatchEvent(new Event('hashchange'));
                    """)
                try await browser.await("document.querySelectorAll('[data-pane=vitals] .chart-band').length === 24", seconds: 30)
                #expect(try browser.text("[data-pane=vitals]").contains("现在 66–74 次/分（中心 70") && browser.text("[data-pane=vitals]").contains("4321 个读数"))
                try await desk.looks(browser, "resident")
            }
        }

        @Test("answers that come late change nobody's page: one resident's readings are never shown under another's name")
        func late() async throws {
            try await Desk.with(residents: 2, homes: Desk.homes(2)) { desk in
                desk.measure(0, spo2: 97, heartRate: 111)
                desk.measure(1, spo2: 96, heartRate: 62)
                let line = desk.hub.line(), first = homeName(0) + "-r", second = homeName(1) + "-r"
                #expect(try await eventually(seconds: 30) { try [first, second].allSatisfy { try line.get("/api/v1/residents/\($0)/readings").text.contains("heart_rate") } })
                let browser = try await desk.page("residents")
                try await browser.await("document.querySelectorAll('[data-resident]').length === 2")
                // The first one's readings wait until they are let go.
                try browser.script("""
                    const real = window.fetch, later = window.setTimeout;
                    // Ten seconds between two rounds are one and a half here.
                    window.setTimeout = (work, milliseconds, ...rest) => later(work, milliseconds === 10000 ? 1500 : milliseconds, ...rest);
                    window.held = [];
                    window.asked = 0;
                    window.fetch = (path, options) => {
                      window.asked += 1;
                      if (!String(path).includes(arguments[0] + '/readings')) return real(path, options);
                      return new Promise((resolve) => window.held.push(() => resolve(real(path, options))));
                    };
                    """.replacingOccurrences(of: "arguments[0]", with: "'\(first)'"))
                try await browser.press("[data-resident='\(first)'] a")
                try await browser.await("window.held.length > 0 && document.querySelector('h2.sentence')?.textContent === 'Simulated 1'")
                try browser.script("location.hash = 'id=\(second)';")
                try await browser.await("document.querySelector('h2.sentence')?.textContent === 'Simulated 2' && document.querySelector('[data-pane=vitals]').textContent.includes('62')")
                try browser.script("window.asked = 0; for (const go of window.held) go();")
                // The next round of questions begins after the late answer was taken or left.
                try await browser.await("window.asked >= 3", seconds: 30)
                #expect(try browser.isTrue("document.querySelector('h2.sentence').textContent === 'Simulated 2' && !document.querySelector('[data-pane=vitals]').textContent.includes('111')"))
                // One page asks in one rhythm, however often it was left and opened.
                for id in [first, second, first, second] { try browser.script("location.hash = 'id=\(id)';") }
                try browser.script("window.held.length = 0; window.rounds = 0; const all = window.fetch; window.fetch = (path, options) => { if (String(path).includes('/api/v1/modes')) window.rounds += 1; return all(path, options); };")
                try await browser.await("window.rounds >= 2", seconds: 40)
                let begun = microseconds()
                try await browser.await("window.rounds >= 3", seconds: 40)
                let seconds = Double(microseconds() - begun) / 1_000_000
                #expect(seconds > 0.9, "a round after \(seconds) s, where one each second and a half is meant")
                #expect(try browser.complaints() == [])
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

        /// Two hubs of other stations, and an account with which their signs of life come.
        static func watchingOthers(_ config: String) throws {
            let file = config + "/hub.yaml", old = try String(contentsOfFile: file, encoding: .utf8)
            let text = old.replacingOccurrences(of: "\nbroker:\n", with: "\nbroker:\n  accounts:\n    - {user: bridge, topics: [\"care/+/heartbeat\"]}\n")
                + "\nneighbours:\n  topic: care/+/heartbeat\n  hubs:\n    - {hub: hub9, station: 渔村}\n    - {hub: hub2, station: sim-station}\n"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }

        @Test("the wall counts by station without a name, names other hubs that are silent or not well; the report has the minute, its bars and the same as CSV")
        func wallAndReport() async throws {
            try await Desk.with(residents: 2, change: CarePageTests.watchingOthers) { desk in
                for index in 0..<2 { desk.generator.press(index, "safety.sos") }
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().count { $0.kind == "safety.sos" } == 2 })
                // Two other hubs at this one's broker: one is not well, the other falls silent six seconds later.
                var isTold = false
                for _ in 0..<30 where !isTold {
                    for (name, every, state, reasons) in [("hub9", 300, "not_ready", "\"disk_low\""), ("hub2", 1, "ready", "")] {
                        try await desk.hub.publish("bridge", "care/\(name)/heartbeat", "{\"hub\":\"\(name)\",\"at\":\"2026-11-22T00:00:00.000000Z\",\"every_s\":\(every),\"state\":\"\(state)\",\"reasons\":[\(reasons)]}")
                    }
                    isTold = try await eventually(seconds: 1) { try desk.hub.line().get("/api/v1/wall").text.contains("\"is\":\"not_ready\"") }
                }
                #expect(isTold)
                let browser = try await desk.page("reports")
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

                try await desk.go(browser, "wall")
                try await browser.await("document.querySelector('[data-tile=otherHubs] .big')?.textContent === '1'", seconds: 40)
                let others = try browser.script("return [...document.querySelectorAll('#body tr')].filter((e) => e.textContent.includes('hub2') || e.textContent.includes('hub9')).map((e) => e.textContent);") as? [String] ?? []
                #expect(others.count == 2 && others[0].contains("sim-station") && others[0].contains("✖ 没有消息") && others[1].contains("渔村") && others[1].contains("disk_low"), "\(others)")
                #expect(try browser.text("[data-tile=otherHubs]").contains("共 2 台，2 台异常"))
                try await browser.await("document.querySelector('tr.dead td:nth-child(2)')?.textContent === '2'")
                #expect(try !browser.text("body").contains("Simulated") && !browser.isTrue("/[0-9] 岁/.test(document.body.textContent)"))
                #expect(try browser.text("tr.dead").contains("sim-station"))
                // Most devices have never been heard: which ones, and where.
                #expect(try browser.text("#body .table:last-of-type").contains("还没有收到过") && browser.count("#body .table:last-of-type tbody tr") > 3)
                #expect(try browser.text("[data-tile=hubTile]").contains("正常"))
                try await desk.looks(browser, "wall")
                let own = try browser.script("return document.body.textContent.includes('Road');") as? Bool
                #expect(own == false)
            }
        }
    }
}
