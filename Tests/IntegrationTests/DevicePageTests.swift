import Foundation
import Simulation
import Testing

extension Integration {
    /// The technician's page in a real Chromium.
    @Suite("The technician's page", .serialized, .timeLimit(.minutes(3))) struct DevicePageTests {
        @Test("a button that nobody registered is adopted and walked: its drill is opened, and the press after it is a real one")
        func adoption() async throws {
            let watch = "imei:860000000099999", axe = try? String(contentsOfFile: BoardLooksTests.barriers, encoding: .utf8)
            try await Desk.with(residents: 1) { desk in
                func press(_ what: String) { desk.generator.publish("iMEDE_watch/\(what)", "{\"status\":\"SOS\",\"location\":{},\"IMEI\":\"860000000099999\"}") }
                press("sos")
                // An SOS of a stranger is an incident even so.
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().contains { $0.kind == "safety.sos" && $0.home == nil } })
                let browser = try await desk.devices()
                try await browser.await("[...document.querySelectorAll('#unknown .card')].some((e) => e.textContent.includes('\(watch)'))")
                try await browser.press("#unknown [data-verb=adopt]")
                try await browser.await("document.querySelector('#unknown form:not([hidden]) input') !== null")
                let fields = ["kati-4g-watch", homeName(0), homeName(0) + "-r", "卧室"]
                try browser.script("document.querySelector('#unknown form input').value = '';")
                for (index, text) in fields.enumerated() { try browser.type(text, into: "#unknown form label:nth-of-type(\(index + 1)) input") }
                try await browser.press("#unknown form button")
                let card = "#known .card[data-device='\(watch)']"
                try await browser.await("document.querySelector(\"\(card)\") !== null && document.querySelectorAll('#unknown .card').length === 0")
                let told = try browser.text(card)
                #expect(told.contains("卧室"), "the card says: \(told)")
                // Of the others: how often each should be heard, and that none was.
                let others = try browser.script("return [...document.querySelectorAll('#known .card')].filter((e) => e.textContent.includes('kitchen_smoke')).map((e) => e.textContent).join();") as? String ?? ""
                #expect(others.contains("应每") && others.contains("✖ 没有消息"), "\(others)")
                try await desk.hub.publish("zigbee2mqtt", "zigbee2mqtt/\(homeName(0))/bed_sos", "{\"battery\":3,\"battery_low\":true}")
                try await browser.await("[...document.querySelectorAll('#known .card')].some((e) => e.textContent.includes('bed_sos') && e.textContent.includes('✖ 电量低'))", seconds: 30)
                let button = "#known .card[data-device='topic:zigbee2mqtt/\(homeName(0))/bed_sos']"
                try await browser.press("\(button) [data-verb=state]")
                try await browser.await("document.querySelector(\"\(button)\").textContent.includes('电量 3 %')", seconds: 30)

                try await browser.press("\(card) [data-verb=arm]")
                try await browser.await("document.querySelector(\"\(card) .offer\")?.textContent.includes('请在安装位置')")
                // Armed when the hub has said so, not when the button was pressed.
                try await browser.await("document.querySelector(\"\(card) [data-verb=arm]\").disabled === false && document.querySelector(\"\(card) .presses .refused\") === null")
                func armedUntil() throws -> Any? {
                    let rows = (try JSONSerialization.jsonObject(with: Data(desk.hub.line().get("/api/v1/devices").body)) as? [String: Any])?["devices"] as? [[String: Any]]
                    return rows?.first { $0["device"] as? String == watch }?["armed_until"]
                }
                #expect(try armedUntil() is String)
                press("sos")
                try await browser.await("document.querySelector(\"\(card) .offer\")?.textContent.includes('演练事件已开出')")
                #expect(try await eventually(seconds: 5) { try armedUntil() is NSNull }, "the mode is over with its first press")
                #expect(try desk.hub.incidents().filter { $0.origin == "drill" }.count == 1)
                press("sos")
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().contains { $0.origin == "live" && $0.home == homeName(0) && $0.kind == "safety.sos" } })

                let folder = try BoardLooksTests.pictures(desk)
                for language in ["zh-CN", "en"] {
                    if language == "en" { try await browser.press("#language") }
                    for (width, height) in [(360, 740), (1_920, 1_080)] {
                        try browser.resize(width, height)
                        try await browser.await("document.documentElement.clientWidth === \(width) && document.documentElement.lang === '\(language)'")
                        // The list is written again every two seconds, and the layout follows the new size a frame later.
                        try await browser.await("document.documentElement.scrollWidth === \(width)")
                        try browser.screenshot(folder + "/devices-\(language)-\(width).png")
                        if let axe { try BoardLooksTests.look(browser, axe, "devices in \(language) at \(width)") }
                    }
                }
                #expect(try browser.complaints() == [])
            }
        }

        @Test("a technician of one home finds the device in his hand by its label, adopts it there, and sees nothing of the others")
        func bounded() async throws {
            let mine = "imei:860000000099901", theirs = "imei:860000000099902"
            try await Desk.with(residents: 2) { desk in
                for device in [mine, theirs] { desk.generator.publish("iMEDE_watch/sos", "{\"status\":\"SOS\",\"location\":{},\"IMEI\":\"\(device.dropFirst(5))\"}") }
                let line = desk.hub.line()
                #expect(try await eventually(seconds: 20) {
                    let text = try line.get("/api/v1/quarantine").text
                    return text.contains(mine) && text.contains(theirs)
                })
                let browser = try desk.blank()
                try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["add", "陈工", "--role", "technician", "--home", homeName(0)]))
                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/page/devices.html")
                try await browser.await("!document.getElementById('label-wanted').hidden && document.querySelectorAll('#known .card').length > 0 && !document.getElementById('none').hidden")
                #expect(try browser.count("#unknown .card") == 0 && !browser.text("#known").contains(homeName(1)))
                // A question that was asked before he typed the identifier is answered after he has begun to fill in the form.
                try browser.script("""
                    const real = window.fetch, later = window.setTimeout;
                    // Two seconds between two rounds are a fifth of one here.
                    window.setTimeout = (work, milliseconds, ...rest) => later(work, milliseconds === 2000 ? 200 : milliseconds, ...rest);
                    [window.held, window.isHolding, window.asked] = [[], true, 0];
                    window.fetch = (path, options) => {
                      if (!String(path).includes('/quarantine')) return real(path, options);
                      window.asked += 1;
                      return window.isHolding && !String(path).includes('device=') ? new Promise((resolve) => window.held.push(() => resolve(real(path, options)))) : real(path, options);
                    };
                    """)
                try await browser.await("window.held.length > 0")
                try browser.type(mine + "\u{E007}", into: "#wanted")
                try await browser.await("document.querySelectorAll('#unknown .card').length === 1 && document.querySelector('#unknown').textContent.includes('\(mine)')")
                try await browser.press("#unknown [data-verb=adopt]")
                try browser.script("document.querySelector('#unknown form input').value = '';")
                let fields = ["kati-4g-watch", homeName(0), homeName(0) + "-r", "卧室"]
                for (index, text) in fields.enumerated() {
                    try browser.type(text, into: "#unknown form label:nth-of-type(\(index + 1)) input")
                    guard index == 1 else { continue }
                    try browser.script("[window.isHolding, window.asked] = [false, 0]; for (const go of window.held) go();")
                    try await browser.await("window.asked >= 2")
                }
                #expect(try browser.script("return [...document.querySelectorAll('#unknown form input')].map((e) => e.value);") as? [String] == fields)
                try await browser.press("#unknown form button")
                try await browser.await("document.querySelector(\"#known .card[data-device='\(mine)']\") !== null")
                // Another home is none of his, and neither is a device that stands in one.
                let elsewhere = try line.post("/api/v1/devices/adopt", "{\"device\":\"\(theirs)\",\"profile\":\"kati-4g-watch\",\"home\":\"\(homeName(1))\",\"residents\":[\"\(homeName(1))-r\"]}")
                #expect(elsewhere.status == 200, "\(elsewhere.text)")
                desk.generator.publish("iMEDE_watch/no_such_thing", "{\"IMEI\":\"\(theirs.dropFirst(5))\"}")
                #expect(try FamilyPageTests.status(browser, "GET", "/api/v1/quarantine") == 200)
                try browser.script("document.getElementById('wanted').value = '';")
                try browser.type(theirs + "\u{E007}", into: "#wanted")
                try await browser.await("document.querySelectorAll('#unknown .card').length === 0")
                try await desk.looks(browser, "technician")
            }
        }
    }
}
