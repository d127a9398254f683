import Foundation
@testable import Serving
import Simulation
import Testing

extension Desk {
    /// The names of all pages but the board.
    static let pages = PageRoutes.files.map(\.path).filter { $0.hasSuffix(".html") }.map { $0.dropFirst("/page/".count).dropLast(".html".count) }.map(String.init).sorted()

    /// Homes in which somebody has written down how to get in and whom to call.
    static func homes(_ count: Int) -> String {
        SimulatedDay.homesYAML(residents: count, seed: 1)
            .replacingOccurrences(of: "sex: female\n", with: """
                sex: female
                        notes: 听力差，讲胶东话
                        consent: [family, station]
                        contacts:
                          - {name: 王小燕, relation: 女儿, phone: "13800001111", minutes_away: 30}
                          - {name: 赵邻居, relation: 邻居, phone: "13800002222", key_holder: true, minutes_away: 2}

                """)
            .replacingOccurrences(of: "    place: {", with: "    access: {way: 东门进, dog: 院里有狗}\n    place: {")
    }

    /// One of the further pages, in a browser that is signed in.
    func page(_ name: String, _ fragment: String = "") async throws -> Browser {
        let browser = try await board()
        try await go(browser, name, fragment)
        return browser
    }

    /// Goes there, and waits until the page has what it shows.
    func go(_ browser: Browser, _ name: String, _ fragment: String = "") async throws {
        try browser.open("http://127.0.0.1:\(hub.httpPort)/page/\(name).html\(fragment)")
        try await browser.await("document.documentElement.dataset.link === 'linked'")
    }

    /// What the wearable of a home measured.
    ///
    /// - Parameter ago: seconds before now.
    func measure(_ number: Int, spo2: Int, heartRate: Int = 72, ago: Int = 0) {
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let name = homeName(number)
        generator.publish("sim/\(name)/vitals", "{\"device\":\"\(name)\",\"ts\":\(now - Int64(ago) * 1_000),\"hr\":\(heartRate),\"spo2\":\(spo2),\"temp\":36.5,\"battery\":80,\"seq\":\(microseconds())}")
    }

    /// Takes pictures in both languages and both sizes, and holds each against axe-core; nothing may be wider than the screen.
    func looks(_ browser: Browser, _ name: String) async throws {
        let folder = try Integration.BoardLooksTests.pictures(self), axe = try? String(contentsOfFile: Integration.BoardLooksTests.barriers, encoding: .utf8)
        for language in ["zh-CN", "en"] {
            try await browser.await("document.getElementById('language') !== null")
            if try !browser.isTrue("document.documentElement.lang === '\(language)'") { try await browser.press("#language") }
            try await browser.await("document.documentElement.lang === '\(language)'")
            for (width, height) in [(360, 740), (1_920, 1_080)] {
                try browser.resize(width, height)
                try await browser.await("document.documentElement.clientWidth === \(width)")
                let isNarrow = try await eventually(seconds: 15) { try browser.isTrue("document.documentElement.scrollWidth === \(width)") }
                if !isNarrow {
                    let wide = try browser.script("return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > \(width) + 1).slice(0, 8).map((e) => e.tagName + '.' + e.className + '#' + e.id);")
                    Issue.record("\(name) in \(language) is wider than \(width): \(wide ?? "")")
                }
                try browser.script("scrollTo(0, 0);")
                try browser.screenshot(folder + "/\(name)-\(language)-\(width).png")
                if let axe { try Integration.BoardLooksTests.look(browser, axe, "\(name) in \(language) at \(width)") }
            }
        }
        // The next one begins in Chinese again.
        try await browser.press("#language")
        try await browser.await("document.documentElement.lang === 'zh-CN'")
        #expect(try browser.complaints() == [])
    }
}
