import Foundation
import Simulation
import Testing

extension Integration {
    /// What people and devices may write, however it was meant, in a real browser.
    @Suite("Hostile texts", .serialized, .timeLimit(.minutes(10))) struct HostileTests {
        @Test("two hundred hostile names, rooms, addresses, notes and payloads are shown as text, and nothing of them runs")
        func everywhere() async throws {
            let texts = HostileTexts.all
            #expect(texts.count >= 200 && Set(texts.map { Array($0.utf8) }).count == texts.count)
            try await Desk.with(residents: texts.count, homes: try HostileTests.homes(texts)) { desk in
                for index in texts.indices { desk.generator.press(index, "safety.sos") }
                #expect(try await eventually(seconds: 60) { try desk.hub.incidents().filter { $0.kind == "safety.sos" }.count == texts.count })
                try HostileTests.annotate(desk, texts)
                let browser = try await desk.board()
                try await browser.await("document.querySelectorAll('.card').length === \(texts.count)", seconds: 60)
                try browser.script("for (const more of document.querySelectorAll('.card .more')) more.open = true;")
                // The note and the owner's steps are written when the part is open.
                try await browser.await("document.querySelectorAll('.card .steps').length === \(texts.count)", seconds: 60)
                let shown = try #require(try browser.script("""
                    return Object.fromEntries([...document.querySelectorAll('.card')].map((card) => [card.dataset.incident,
                      [card.querySelector('.place').textContent, card.querySelector('.steps').textContent]]));
                    """) as? [String: [String]])
                let byResident = Dictionary(try desk.hub.incidents().map { ($0.resident ?? "", $0.id) }) { first, _ in first }
                for (index, text) in texts.enumerated() {
                    let card = try #require(shown[byResident["\(homeName(index))-r"] ?? ""], "no card of \(index)")
                    // The name stands first, the age and the room after it, whole and unchanged.
                    let years = Calendar.current.component(.year, from: Date()) - 1_940
                    #expect(HostileTests.scalars(card[0]).starts(with: HostileTests.scalars("\(text) · \(years) 岁 · \(text)")), "name and room: \(text.debugDescription) in \(card[0].debugDescription)")
                    #expect(HostileTests.contains(card[1], text), "note: \(text.debugDescription)")
                }
                try HostileTests.nothingRan(browser, "#incidents")

                // What unknown devices say, on the technician's page.
                let said = try texts.prefix(200).map { String(decoding: try JSONSerialization.data(withJSONObject: ["said": $0], options: .withoutEscapingSlashes), as: UTF8.self) }
                for (index, payload) in said.enumerated() { desk.generator.publish("zigbee2mqtt/stranger-\(index)", payload) }
                #expect(try await eventually(seconds: 30) { desk.generator.published == 200 })
                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/page/devices.html")
                try await browser.await("document.querySelectorAll('#unknown .payload').length >= 200", seconds: 30)
                let payloads = try #require(try browser.script("return [...document.querySelectorAll('#unknown .payload')].map((e) => e.textContent);") as? [String])
                let known = Set(said.map { Array($0.utf8) })
                let whole = payloads.filter { known.contains(Array($0.utf8)) }.count
                #expect(whole == 200, "only \(whole) payloads are shown as they came")
                try HostileTests.nothingRan(browser, "main ol")
            }
        }

        @Test("control characters are refused where people write, with a clear answer, and never reach a page")
        func controls() async throws {
            try await Desk.with(residents: 1) { desk in
                desk.generator.press(0, "safety.sos")
                #expect(try await eventually(seconds: 20) { try desk.hub.incidents().count == 1 })
                let id = try #require(try desk.hub.incidents().first?.id)
                for control in ["\\u0000", "\\u0007", "\\u001b[31m", "\\u007f"] {
                    let answer = try desk.hub.line().post("/api/v1/incidents/\(id)/annotate", "{\"note\":\"a\(control)b\"}")
                    #expect(answer.status == 400 && answer.text.contains("control characters"), "\(control): \(answer.text)")
                }
            }
        }

        /// Simulated homes in which each text is a name, a room and an address.
        static func homes(_ texts: [String]) throws -> String {
            var homes = SimulatedDay.homesYAML(residents: texts.count, seed: 1).components(separatedBy: "\n  - id: ")
            for (index, text) in texts.enumerated() {
                let quoted = "\"" + text.unicodeScalars.map { scalar in
                    scalar.isASCII && scalar.value >= 32 && scalar != "\"" && scalar != "\\" ? String(scalar) : String(format: "\\U%08X", scalar.value)
                }.joined() + "\""
                var home = homes[index + 1]
                home = home.replacingOccurrences(of: "name: \"Simulated \(index + 1)\"", with: "name: \(quoted)")
                home = home.replacingOccurrences(of: "room: bedroom", with: "room: \(quoted)")
                guard home != homes[index + 1], home.contains(quoted) else { throw KitFailure("the simulated home has another form: \(home)") }
                homes[index + 1] = home
            }
            return homes.joined(separator: "\n  - id: ")
        }

        /// Writes each text as a note on its resident's incident.
        static func annotate(_ desk: Desk, _ texts: [String]) throws {
            let byResident = Dictionary(try desk.hub.incidents().map { ($0.resident ?? "", $0.id) }) { first, _ in first }
            let line = desk.hub.line()
            for (index, text) in texts.enumerated() {
                let id = try #require(byResident["\(homeName(index))-r"])
                let body = String(decoding: try JSONSerialization.data(withJSONObject: ["note": text]), as: UTF8.self)
                let answer = try line.post("/api/v1/incidents/\(id)/annotate", body)
                #expect(answer.status == 200, "\(text.prefix(60).debugDescription): \(answer.text)")
            }
        }

        static func nothingRan(_ browser: Browser, _ css: String) throws {
            #expect(try !browser.isTrue("'hit' in window"))
            #expect(try browser.count("\(css) :is(script, img, iframe, object, embed, svg:not(.chart svg), style, link, meta, base, video, marquee, b, i, math)") == 0)
            #expect(try browser.complaints() == [])
        }

        static func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }

        static func contains(_ text: String, _ part: String) -> Bool {
            let all = Array(text.utf8), wanted = Array(part.utf8)
            guard let first = wanted.first, all.count >= wanted.count else { return wanted.isEmpty }
            return (0...all.count - wanted.count).contains { all[$0] == first && all[$0..<$0 + wanted.count].elementsEqual(wanted) }
        }
    }
}
