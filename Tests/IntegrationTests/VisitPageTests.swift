import Foundation
import Simulation
import Testing

extension Integration {
    /// The page that the code at a resident's door leads to, in a real Chromium. What the hub says to a code is put in its place, so that each answer comes when it is wanted.
    @Suite("The visit page", .serialized, .timeLimit(.minutes(5))) struct VisitPageTests {
        static let code = "abcdef-0123456789"

        /// Answers in the hub's place: `stub` in the browser's storage says what, `asked` gathers what was sent.
        private static func stand(_ browser: Browser) throws {
            try browser.tool("Page.addScriptToEvaluateOnNewDocument", ["source": """
                const real = window.fetch;
                window.fetch = async (path, options) => {
                  if (path !== '/api/v1/visits') return real(path, options);
                  const [status, body, headers] = JSON.parse(localStorage.getItem('stub') ?? '[0]');
                  localStorage.setItem('asked', JSON.stringify([...JSON.parse(localStorage.getItem('asked') ?? '[]'), JSON.parse(options.body)]));
                  if (status === 0) throw new TypeError('no hub');
                  return new Response(JSON.stringify(body), { status, headers: { Date: new Date().toUTCString(), ...headers } });
                };
                """])
        }

        private static func answer(_ browser: Browser, _ text: String) throws { try browser.script("localStorage.setItem('stub', JSON.stringify(\(text))); localStorage.removeItem('asked');") }

        /// The members `member` of what was sent.
        private static func asked(_ browser: Browser, _ member: String) throws -> [String] {
            try browser.script("return JSON.parse(localStorage.getItem('asked') ?? '[]').map((one) => one.\(member));") as? [String] ?? []
        }

        private static func scan(_ desk: Desk, _ browser: Browser, _ code: String = code) throws {
            // Between two fragments of one page a browser loads nothing.
            try browser.open("about:blank")
            try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/visit#\(code)")
        }

        /// A telephone whose owner has an account.
        private static func telephone(_ desk: Desk) async throws -> Browser {
            let browser = try desk.blank()
            try stand(browser)
            try await AccountPageTests.setUp(browser, try await AccountPageTests.link(desk, ["add", "王芳", "--role", "caregiver"]))
            return browser
        }

        private static func done(_ incidents: String = "[]", duty: String = "'visit'") -> String {
            "[200, { resident: '\(homeName(0))-r', name: 'Simulated 1', at: new Date().toISOString(), duty: \(duty), incidents: \(incidents) }]"
        }

        @Test("whoever is signed out signs in on the spot and the visit goes on: whose home, the duty, what is on site; the code is nowhere afterwards")
        func signsIn() async throws {
            try await Desk.with(residents: 1) { desk in
                desk.generator.press(0, "safety.sos")
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().contains { $0.kind == "safety.sos" } })
                let incident = try #require(try desk.hub.incidents().first { $0.kind == "safety.sos" })
                let browser = try await Self.telephone(desk)
                try Self.answer(browser, Self.done("['\(incident.id)']"))
                let isOut = try browser.scriptAsync("const done = arguments[arguments.length - 1]; fetch('/session', { method: 'DELETE', headers: { 'X-Vigil-Page': '1' } }).then((a) => done(a.status));")
                #expect(isOut as? Int == 204)
                try Self.scan(desk, browser)
                try await browser.await("!document.getElementById('login').hidden && document.activeElement?.id === 'account-name'")
                #expect(try !browser.isTrue("location.href.includes('\(Self.code)')") && browser.text("#refused").contains("请先登录"))
                #expect(try browser.text("[data-pane=visit]").contains("等您登录") && Self.asked(browser, "code") == [])
                try await desk.looks(browser, "visit-sign-in")
                // A reload on the way loses nothing.
                try browser.reload()
                try await browser.await("document.activeElement?.id === 'account-name'")
                try browser.type("王芳\u{E004}" + AccountPageTests.password + "\u{E007}")
                try await browser.await("document.documentElement.dataset.visit === 'done'", seconds: 30)
                #expect(try Self.asked(browser, "code") == [Self.code])
                try await browser.await("document.querySelector('[data-pane=visit] [data-incident]')?.textContent.includes('请')")
                let said = try browser.text("[data-pane=visit]")
                #expect(said.contains("✔ 已签到") && said.contains("Simulated 1") && said.contains("探访任务已完成") && said.contains("已标记到场的事件（1）"), "\(said)")
                #expect(try browser.isTrue("document.querySelector('[data-incident]').getAttribute('href') === '/page/incident.html#id=' + encodeURIComponent('\(incident.id)')"))
                #expect(try !browser.isTrue("(JSON.stringify(sessionStorage) + location.href + document.documentElement.outerHTML).includes('\(Self.code)')"))
                try await desk.looks(browser, "visit")
                try browser.resize(360, 740)
                let small = try browser.script("return [...document.querySelectorAll('[data-pane=visit] a')].filter((e) => e.offsetHeight < 44 || e.offsetWidth < 250).map((e) => e.textContent);") as? [String]
                #expect(small == [], "too small for a thumb")
                // The name is gone with the screen; that it is done is not.
                try browser.reload()
                try await browser.await("document.documentElement.dataset.visit === 'done'")
                #expect(try browser.text("[data-pane=visit]").contains("✔ 已签到") && !browser.text("[data-pane=visit]").contains("Simulated"))
            }
        }

        @Test("an unknown code is told in words; no hub, a full hub and too many attempts are tried again by themselves, over a reload, as one visit")
        func refusals() async throws {
            try await Desk.with(residents: 1) { desk in
                let browser = try await Self.telephone(desk)
                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/visit")
                try await browser.await("document.documentElement.dataset.visit === 'none' && document.querySelector('[data-pane=visit]')?.textContent.includes('请扫描')")
                try await desk.looks(browser, "visit-none")
                try Self.answer(browser, "[404, { error: { code: 'unknown_code', message: 'x' } }]")
                try Self.scan(desk, browser)
                try await browser.await("document.documentElement.dataset.visit === 'refused'")
                #expect(try browser.text("[data-pane=visit]").contains("没有这个签到码") && Self.asked(browser, "code").count == 1)
                try await desk.looks(browser, "visit-refused")
                // By hand, with the keys alone, where no camera helps.
                try KeyboardTests.reach(browser, "#typed-code")
                try browser.type("0123 abcd" + KeyboardTests.enter)
                try await browser.await("JSON.parse(localStorage.getItem('asked')).length === 2 && document.documentElement.dataset.visit === 'refused'")
                #expect(try Self.asked(browser, "code") == [Self.code, "0123 abcd"])

                try Self.answer(browser, "[503, { error: { code: 'busy', message: 'x' } }, { 'Retry-After': '1' }]")
                try Self.scan(desk, browser)
                try await browser.await("document.documentElement.dataset.visit === 'retrying' && !document.getElementById('lost').hidden")
                try browser.script("localStorage.setItem('stub', '[0]');")
                try browser.reload()
                try await browser.await("document.documentElement.dataset.visit === 'retrying' && JSON.parse(localStorage.getItem('asked')).length > 2")
                // A second home before the first is confirmed: both go, in their order.
                try browser.script("location.hash = 'second-code';")
                try await browser.await("document.querySelector('[data-pane=visit]').textContent.includes('另有 1 次')", seconds: 30)
                try browser.script("localStorage.setItem('stub', JSON.stringify([429, { error: { code: 'too_many_attempts', message: 'x' } }, { 'Retry-After': '1' }]));")
                try await browser.await("document.documentElement.dataset.visit === 'limited'", seconds: 30)
                #expect(try browser.text("[data-pane=visit]").contains("1 秒后自动再试"))
                try browser.script("localStorage.setItem('stub', JSON.stringify(\(Self.done(duty: "null"))));")
                try await browser.await("document.documentElement.dataset.visit === 'done' && document.getElementById('lost').hidden", seconds: 30)
                #expect(try browser.text("[data-pane=visit]").contains("没有安排定期探访"))
                let codes = try Self.asked(browser, "code"), names = Set(try Self.asked(browser, "command_id"))
                #expect(codes.dropLast().allSatisfy { $0 == Self.code } && codes.last == "second-code" && names.count == 2, "\(codes) \(names)")
                #expect(try browser.complaints() == [])
            }
        }

        @Test("a locked screen is opened on the spot with the PIN, after a wrong one too, and the visit goes on")
        func locked() async throws {
            try await Desk.with(residents: 1) { desk in
                let browser = try await Self.telephone(desk)
                try Self.answer(browser, Self.done())
                try await browser.press("#lock-now")
                try await browser.await("document.documentElement.dataset.lock === 'locked'")
                try Self.scan(desk, browser)
                try await browser.await("document.documentElement.dataset.lock === 'locked' && document.activeElement?.id === 'unlock-secret'")
                #expect(try browser.text("#refused").contains("解锁后自动签到") && Self.asked(browser, "code") == [])
                try await desk.looks(browser, "visit-locked")
                try browser.script("document.getElementById('unlock-secret').focus();")
                try browser.type("9999\u{E007}")
                try await browser.await("document.getElementById('unlock-state').textContent.includes('还可试 4 次')")
                try browser.script("document.getElementById('unlock-secret').focus();")
                try browser.type("2580\u{E007}")
                try await browser.await("document.documentElement.dataset.visit === 'done' && document.documentElement.dataset.lock === 'open'", seconds: 30)
                #expect(try browser.text("[data-pane=visit]").contains("Simulated 1") && Self.asked(browser, "code") == [Self.code])
                #expect(try browser.complaints() == [])
            }
        }
    }
}
