import Foundation
import Simulation
import Testing

extension Integration {
    /// Set-up, sign-in and the lock in a real Chromium.
    @Suite("Accounts on the page", .serialized, .timeLimit(.minutes(8))) struct AccountPageTests {
        static let password = "a long walk home"

        /// Makes an account on the command line and gives its set-up link.
        static func link(_ desk: Desk, _ arguments: [String]) async throws -> String {
            let (status, output) = try await desk.hub.command(["account", arguments[0], "--config", desk.hub.config] + arguments.dropFirst())
            let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
            guard status == 0, let link = lines.first, link.hasPrefix("http://127.0.0.1:\(desk.hub.httpPort)/") else { throw KitFailure("vigil account: \(status ?? -1) \(lines)") }
            return link
        }

        /// Uses a link with the keyboard alone.
        static func setUp(_ browser: Browser, _ link: String) async throws {
            try browser.open(link)
            try await browser.await("document.activeElement?.id === 'password' && !document.getElementById('set-up').hidden")
            try browser.type(password + "\u{E004}" + password + "\u{E004}" + "2580\u{E007}")
            try await browser.await("document.documentElement.dataset.link === 'linked'", seconds: 30)
        }

        static func unlock(_ browser: Browser, _ secret: String) async throws {
            try await browser.await("document.activeElement?.id === 'unlock-secret'")
            try browser.type(secret + "\u{E007}")
        }

        @Test("a nurse sets up, is locked and opens again by keyboard; no names meanwhile, and the alarm never pauses")
        func lock() async throws {
            try await Desk.with(residents: 2) { desk in
                let link = try await AccountPageTests.link(desk, ["add", "王芳", "--role", "caregiver"])
                let browser = try desk.blank(mayPlay: true)
                try await AccountPageTests.setUp(browser, link)
                #expect(try !browser.isTrue("location.href.includes('code')") && browser.text("#who").contains("王芳"))
                // Used once: the same link says so.
                let second = try desk.blank()
                try second.open(link)
                try await second.await("document.getElementById('state').textContent.includes('链接')")

                desk.generator.press(0, "safety.sos")
                try await browser.await("document.documentElement.dataset.sounds === 'alarm' && document.body.textContent.includes('Simulated 1')")
                try browser.script("""
                    window.pauses = [];
                    new MutationObserver(() => { const d = document.documentElement.dataset; if (d.sounds !== 'alarm' || d.audio !== 'running') window.pauses.push(d.sounds + ' ' + d.audio); })
                      .observe(document.documentElement, { attributes: true });
                    """)
                try await browser.press("#lock-now")
                try await browser.await("document.documentElement.dataset.lock === 'locked' && !document.body.textContent.includes('Simulated')")
                #expect(try !browser.isTrue("/[0-9] 岁/.test(document.body.textContent)"), "how old somebody is shows on a locked screen")
                #expect(try browser.count(".card [data-verb]:not([hidden])") == 0 || browser.isTrue("[...document.querySelectorAll('.card [data-verb]')].every((e) => e.offsetParent === null)"))
                desk.generator.press(1, "safety.sos")
                try await browser.await("document.querySelectorAll('.card.high').length === 2")
                #expect(try !browser.isTrue("document.body.textContent.includes('Simulated')"))
                #expect(try browser.script("return window.pauses;") as? [String] == [], "the alarm paused")

                // A reload finds it locked; a wrong PIN says how many are left; the right one opens it.
                try browser.reload()
                try await browser.await("document.querySelectorAll('.card.high').length === 2 && document.documentElement.dataset.lock === 'locked'")
                #expect(try !browser.isTrue("document.body.textContent.includes('Simulated')"))
                try await AccountPageTests.unlock(browser, "9999")
                try await browser.await("document.getElementById('unlock-state').textContent.includes('4')")
                try await AccountPageTests.unlock(browser, "2580")
                try await browser.await("document.documentElement.dataset.lock === 'open' && document.body.textContent.includes('Simulated 2')")
                try await BoardTests.take(browser)
                try await browser.await("[...document.querySelectorAll('.card .owner')].some((e) => e.textContent.includes('王芳'))")

                // Nobody touches it for longer than the limit.
                try browser.script("const real = Date.now.bind(Date); Date.now = () => real() + 11 * 60_000;")
                try await browser.await("document.documentElement.dataset.lock === 'locked' && !document.body.textContent.includes('Simulated')")
                #expect(try browser.complaints() == [])
            }
        }

        @Test("a nurse of one home has its list, its residents and its stream, and a further page shows no name while the screen is locked")
        func oneHome() async throws {
            try await Desk.with(residents: 2) { desk in
                let browser = try desk.blank()
                try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["add", "李明", "--role", "caregiver", "--home", "sim-0001"]))
                desk.generator.press(1, "safety.sos")
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelectorAll('.card.high').length === 1 && document.body.textContent.includes('Simulated 1')")
                try browser.reload()
                try await browser.await("document.querySelectorAll('.card.high').length === 1 && document.body.textContent.includes('Simulated 1')")
                #expect(try !browser.isTrue("document.body.textContent.includes('Simulated 2')"))
                let residents = "http://127.0.0.1:\(desk.hub.httpPort)/page/residents.html"
                try browser.open(residents)
                try await browser.await("document.body.textContent.includes('Simulated 1')")
                #expect(try !browser.isTrue("document.body.textContent.includes('Simulated 2')"))

                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/")
                try await browser.await("document.querySelectorAll('.card.high').length === 1")
                try await browser.press("#lock-now")
                try await browser.await("document.documentElement.dataset.lock === 'locked'")
                try browser.open(residents)
                try await browser.await("document.documentElement.dataset.lock === 'locked' && document.getElementById('refused').textContent.includes('🔒')")
                #expect(try !browser.isTrue("document.body.textContent.includes('Simulated')"))
                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/")
                try await AccountPageTests.unlock(browser, "2580")
                try await browser.await("document.documentElement.dataset.lock === 'open'")
                try browser.open(residents)
                try await browser.await("document.body.textContent.includes('Simulated 1')")
            }
        }

        @Test("a press that the lock overtook is tried again after unlocking, under its own name, and counts once; also after a reload")
        func pressUnderLock() async throws {
            try await Desk.with(residents: 2) { desk in
                let browser = try desk.blank(mayPlay: true)
                try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["add", "王芳", "--role", "caregiver"]))
                for number in 0..<2 {
                    desk.generator.press(number, "safety.sos")
                    let card = ".card[data-state=open]"
                    try await browser.await("document.querySelectorAll('\(card)').length === 1")
                    let id = try #require(try browser.script("return document.querySelector('\(card)').dataset.incident;") as? String)
                    // Another tab of this browser has locked the screen, and this one has not heard of it.
                    let locked = try browser.scriptAsync("const done = arguments[0]; fetch('/session/lock', { method: 'POST', headers: { 'X-Vigil-Page': '1', 'Content-Type': 'application/json' }, body: '{}' }).then((a) => done(a.status));") as? Int
                    #expect(locked == 204)
                    try await browser.press("\(card) [data-verb=acknowledge]")
                    try await browser.await("document.querySelector('\(card) [data-verb=acknowledge]').classList.contains('armed')")
                    try await browser.await("performance.now() - (window['armed\(number)'] ??= performance.now()) > 500")
                    try browser.click("\(card) [data-verb=acknowledge]")
                    try await browser.await("document.documentElement.dataset.lock === 'locked' && !document.body.textContent.includes('Simulated')", seconds: 30)
                    #expect(try desk.hub.incidents().first { $0.id == id }?.state == "open", "a locked screen acted")
                    if number == 1 {
                        try browser.reload()
                        try await browser.await("document.documentElement.dataset.lock === 'locked' && document.querySelectorAll('.card').length === 2", seconds: 30)
                        #expect(try desk.hub.incidents().first { $0.id == id }?.state == "open")
                    }
                    try browser.script("document.getElementById('unlock-secret').focus();")
                    try await AccountPageTests.unlock(browser, "2580")
                    let own = ".card[data-incident='\(id)']"
                    try await browser.await("document.documentElement.dataset.lock === 'open' && document.querySelector(\"\(own) .owner\")?.textContent.includes('王芳')", seconds: 30)
                    try await browser.await("document.querySelector(\"\(own)\").dataset.state === 'acknowledged' && document.querySelector(\"\(own) .presses .refused\") === null")
                    #expect(try desk.hub.incidents().first { $0.id == id }?.annotations.count { $0.what == "acknowledged" } == 1)
                }
                #expect(try browser.complaints() == [])
            }
        }

        @Test("the next person signs in over a locked board, whose card stays; a disabled account is out at once")
        func others() async throws {
            try await Desk.with(residents: 1) { desk in
                let browser = try desk.blank()
                for name in ["Li Na", "王芳"] { try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["add", name, "--role", "caregiver"])) }
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelectorAll('.card.high').length === 1")
                try await browser.press("#lock-now")
                try await browser.await("document.documentElement.dataset.lock === 'locked'")
                try await browser.press("#other-person")
                try await browser.await("document.activeElement?.id === 'account-name'")
                #expect(try browser.count(".card.high") == 1)
                try browser.type("li na\u{E004}wrong password\u{E007}")
                try await browser.await("document.getElementById('login-state').textContent.length > 3", seconds: 30)
                try browser.script("document.getElementById('account-name').value = 'li na'; document.getElementById('password').focus();")
                try browser.type(AccountPageTests.password + "\u{E007}")
                try await browser.await("document.getElementById('who').textContent.includes('Li Na') && document.documentElement.dataset.lock === 'open'", seconds: 30)
                try await browser.await("document.body.textContent.includes('Simulated 1')")

                let answer = try desk.hub.line().post("/api/v1/accounts/Li%20Na/disable", "{}")
                #expect(answer.status == 200, "\(answer.text)")
                // The board says it with a bar and a sound, and keeps its list.
                try await browser.await("!document.getElementById('login').hidden && document.documentElement.dataset.sounds !== 'nothing'", seconds: 40)
                #expect(try browser.count(".card.high") == 1)
            }
        }

        @Test("set-up, sign-in, lock and account pages: both languages at 360 and 1920 pixels without barriers")
        func looks() async throws {
            let axe = try? String(contentsOfFile: BoardLooksTests.barriers, encoding: .utf8)
            if axe == nil { figure("axe-core is not there: the account pages are NOT looked at for barriers") }
            try await Desk.with(residents: 1) { desk in
                let folder = try BoardLooksTests.pictures(desk)
                let browser = try desk.blank()
                func look(_ name: String) async throws {
                    for language in ["zh-CN", "en"] {
                        if try !browser.isTrue("document.documentElement.lang === '\(language)'") { try await browser.press("#language") }
                        try await browser.await("document.documentElement.lang === '\(language)'")
                        for (width, height) in [(360, 740), (1_920, 1_080)] {
                            try browser.resize(width, height)
                            try await browser.await("document.documentElement.clientWidth === \(width) && document.documentElement.scrollWidth === document.documentElement.clientWidth")
                            let small = try browser.script("""
                                return [...document.querySelectorAll('button, select, input, summary, a.button')].filter((e) => e.offsetParent !== null && e.offsetHeight < 44).map((e) => e.id + ' ' + e.offsetHeight);
                                """) as? [String]
                            #expect(small == [], "\(name) in \(language) at \(width): too small for a thumb")
                            try browser.script("scrollTo(0, 0);")
                            try browser.screenshot(folder + "/\(name)-\(language)-\(width).png")
                            if let axe { try BoardLooksTests.look(browser, axe, "\(name) in \(language) at \(width)") }
                        }
                    }
                }
                let link = try await AccountPageTests.link(desk, ["add", "王芳", "--role", "caregiver"])
                try browser.open(link)
                try await browser.await("!document.getElementById('set-up').hidden")
                try await look("set-up")
                try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["link", "王芳"]))
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelectorAll('.card').length === 1")
                try await look("own-board")
                try await browser.press("#lock-now")
                try await browser.await("document.documentElement.dataset.lock === 'locked' && !document.body.textContent.includes('Simulated')")
                try await look("locked")
                try browser.script("document.getElementById('unlock-secret').focus();")
                try await AccountPageTests.unlock(browser, "2580")
                try await browser.await("document.documentElement.dataset.lock === 'open'")
                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/page/account.html")
                try await browser.await("!document.getElementById('change-password').hidden")
                try await look("account")
                try browser.script("document.getElementById('old').focus();")
                try browser.type(AccountPageTests.password + "\u{E004}another long walk\u{E004}another long walk\u{E007}")
                try await browser.await("document.getElementById('state').textContent.includes('✔')", seconds: 30)
                #expect(try browser.complaints() == [])
            }
        }
    }
}
