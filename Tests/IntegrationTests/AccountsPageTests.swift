import Foundation
import Simulation
import Testing

extension Integration {
    /// Accounts and their audit in a real Chromium.
    @Suite("The administrator's page, and the audit", .serialized, .timeLimit(.minutes(5))) struct AccountsPageTests {
        /// Texts whose best mask is the same by both programs' counting.
        static let texts = ["http://127.0.0.1:8080/page/set-up.html#code=abcdef0123456789abcdef0123456789", String(repeating: "z", count: 150), String(repeating: "q", count: 200)]

        static func fill(_ browser: Browser, _ form: String, name: String? = nil, role: String, places: [String]) throws {
            let skipped = name == nil ? 0 : 1
            if let name { try browser.type(name, into: "\(form) label:nth-of-type(1) input") }
            try browser.type(role, into: "\(form) label:nth-of-type(\(1 + skipped)) select")
            for (index, text) in places.enumerated() {
                let field = "\(form) label:nth-of-type(\(index + 2 + skipped)) input"
                try browser.script("document.querySelector(arguments[0]).value = '';", [field])
                if !text.isEmpty { try browser.type(text, into: field) }
            }
        }

        @Test("an account is made with a link and its QR code, bounded, locked out, let in, renewed; its last sign-in and the audit are there to see")
        func accounts() async throws {
            try await Desk.with(residents: 2) { desk in
                let browser = try await desk.page("accounts")
                // qrencode draws the same.
                for text in Self.texts {
                    let drawn = try #require(try browser.scriptAsync("""
                        const done = arguments[1]; import('/page/qr.js').then((m) => done(m.modules(arguments[0]).map((row) => row.map((on) => (on ? '##' : '  ')).join('')).join('\\n')));
                        """, [text]) as? String)
                    let (status, output) = try await run("qrencode", ["-8", "-l", "M", "-m", "0", "-t", "ASCII", "-o", "-", text])
                    let wanted = String(decoding: output, as: UTF8.self).split(separator: "\n").joined(separator: "\n")
                    #expect(status == 0 && drawn == wanted, "\(text)")
                }

                try await browser.press("#add")
                try Self.fill(browser, "#adding", name: "赵敏", role: "家属", places: ["sim-station", "", homeName(0) + "-r"])
                try await browser.press("#adding button")
                try await browser.await("document.querySelector('.notice[role=status]:not(#refused)').textContent.includes('权限与角色不符')")
                // What was typed stays to be mended.
                #expect(try browser.isTrue("document.querySelector('#adding input').value === '赵敏' && !document.getElementById('adding').hidden"))
                try browser.script("document.querySelector('#adding input').value = '';")
                try Self.fill(browser, "#adding", name: "赵敏", role: "护理员", places: ["sim-station", "", ""])
                try await browser.press("#adding button")
                try await browser.await("document.getElementById('given-link')?.textContent.includes('#code=') && document.querySelector('svg.qr') !== null")
                let link = try browser.text("#given-link")
                #expect(link.hasPrefix("http://127.0.0.1:\(desk.hub.httpPort)/page/set-up.html#code="))
                let isDrawn = try browser.scriptAsync("""
                    const done = arguments[1];
                    import('/page/qr.js').then((m) => done(m.picture(arguments[0], '').querySelector('path').getAttribute('d') === document.querySelector('svg.qr path').getAttribute('d')));
                    """, [link]) as? Bool
                #expect(isDrawn == true)
                try await browser.await("document.querySelector(\"[data-account='赵敏']\")?.textContent.includes('从未登录')")
                try await desk.looks(browser, "accounts")

                let nurse = try desk.blank()
                try await AccountPageTests.setUp(nurse, link)
                try await desk.go(browser, "accounts")
                let card = "[data-account='赵敏']"
                try await browser.await("document.querySelector(\"\(card)\")?.textContent.includes('使用中') && !document.querySelector(\"\(card)\").textContent.includes('从未登录')")
                #expect(try browser.isTrue("document.querySelector(\"\(card)\").textContent.includes('sim-station')"))
                #expect(try browser.count("#given-link") == 0)
                try await browser.press("\(card) [data-verb=toggle]")
                try await browser.await("document.querySelector(\"\(card)\").textContent.includes('已锁定')")
                try await nurse.await("!document.getElementById('login').hidden", seconds: 40)
                try await browser.press("\(card) [data-verb=toggle]")
                try await browser.await("document.querySelector(\"\(card)\").textContent.includes('使用中')")
                try await browser.press("\(card) [data-verb=rights]")
                try Self.fill(browser, card + " form", role: "督查", places: ["", "", ""])
                try await browser.press("\(card) form button")
                try await browser.await("document.querySelector(\"\(card)\").textContent.includes('督查') && document.querySelector(\"\(card)\").textContent.includes('全部')")
                try await browser.press("\(card) [data-verb=link]")
                try await browser.await("document.getElementById('given-link') !== null && document.querySelector(\"\(card)\").textContent.includes('有效至')")
                try await browser.press("#hide-link")
                try await browser.await("document.getElementById('given-link') === null")

                // The inspector reads what was done, in pages, and reaches no account.
                let inspector = try desk.blank()
                try await AccountPageTests.setUp(inspector, try await AccountPageTests.link(desk, ["add", "周督查", "--role", "inspector"]))
                #expect(try FamilyPageTests.status(inspector, "GET", "/api/v1/accounts") == 403)
                try await desk.go(inspector, "audit")
                try await inspector.await("['新建账号', '锁定账号', '解除锁定', '修改权限', '新的设置链接', '设置账号', '赵敏'].every((word) => document.querySelector('#body table')?.textContent.includes(word))")
                #expect(try !inspector.text("body").contains("Simulated"))
                try await desk.looks(inspector, "audit")
                #expect(try browser.complaints() + nurse.complaints() == [])
            }
        }
    }
}
