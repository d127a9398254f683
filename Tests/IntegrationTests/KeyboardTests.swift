import Foundation
import Simulation
import Testing

extension Integration {
    /// Every action with keys alone: nobody here presses with a pointer.
    @Suite("Keys alone", .serialized, .timeLimit(.minutes(5))) struct KeyboardTests {
        static let tab = "\u{E004}", enter = "\u{E007}"

        @Test("the board: shift, filters, language, take, on site, note, hand over, hand over all, history, the way to the incident")
        func board() async throws {
            try await Desk.with(residents: 2) { desk in
                let browser = try await desk.board()
                desk.generator.press(0, "safety.sos")
                try await browser.await("document.querySelectorAll('.card.high').length === 1")
                // The first key starts the sound; then its bar is answered.
                try KeyboardTests.press(browser, "#sound-test")
                try await browser.await("document.documentElement.dataset.audio === 'running'", seconds: 5)
                try KeyboardTests.press(browser, "#sound-heard")
                try await browser.await("document.getElementById('sound').hidden")

                try KeyboardTests.press(browser, "#who")
                try KeyboardTests.reach(browser, "#name")
                try browser.type("李护士" + KeyboardTests.enter)
                try await browser.await("document.getElementById('who').textContent.includes('李护士')")

                for filter in ["untaken", "mine", "urgent", "all"] {
                    try KeyboardTests.press(browser, "[data-filter=\(filter)]")
                    try await browser.await("document.querySelector('[data-filter=\(filter)]').getAttribute('aria-pressed') === 'true'")
                }
                try KeyboardTests.reach(browser, "#station")
                try browser.type("\u{E015}")
                try await browser.await("document.getElementById('station').value !== '' && document.querySelectorAll('.card:not([hidden])').length === 1")
                for language in ["en", "zh-CN"] {
                    try KeyboardTests.press(browser, "#language")
                    try await browser.await("document.documentElement.lang === '\(language)'")
                }

                try await KeyboardTests.take(browser)
                try KeyboardTests.press(browser, ".card [data-verb=arrive]")
                try await browser.await("document.querySelector('.card').dataset.state === 'on_site'")
                try KeyboardTests.press(browser, ".card [data-verb=annotate]")
                try await browser.await("document.activeElement.tagName === 'TEXTAREA'")
                try browser.type("门口有鞋" + KeyboardTests.tab)
                try browser.type(KeyboardTests.enter)
                try await KeyboardTests.told(desk, "门口有鞋")
                try KeyboardTests.press(browser, ".card [data-verb=hand-over]")
                try await browser.await("document.activeElement.tagName === 'INPUT'")
                try browser.type("王护士" + KeyboardTests.enter)
                try await browser.await("document.querySelector('.card .offer').textContent.includes('王护士')")

                // The history opens and closes, and the incident has a tab of its own.
                try KeyboardTests.press(browser, ".card summary")
                try await browser.await("document.querySelector('.card details').open && document.querySelector('.card details').textContent.includes('门口有鞋')")
                try KeyboardTests.press(browser, ".card summary")
                try await browser.await("!document.querySelector('.card details').open")

                try KeyboardTests.press(browser, "#hand-all")
                try KeyboardTests.reach(browser, "#successor")
                try browser.type("赵护士" + KeyboardTests.enter)
                try await browser.await("document.querySelector('.card .offer').textContent.includes('赵护士')")

                // Cards that change places go around the one in which somebody types: in every order of five, in each of them.
                let moved = try browser.scriptAsync("""
                    const done = arguments[arguments.length - 1], all = [0, 1, 2, 3, 4], faults = [];
                    const orders = (list) => (list.length < 2 ? [list] : list.flatMap((one, at) => orders([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [one, ...rest])));
                    import('/page/dom.js').then(({ arrange, make }) => {
                      const list = make('ol');
                      document.body.append(list);
                      for (const held of all) for (const wanted of orders(all)) {
                        const cards = all.map(() => { const card = make('li'); card.append(make('input')); return card; });
                        list.replaceChildren(...cards);
                        cards[held].firstChild.focus();
                        arrange(list, wanted.map((n) => cards[n]));
                        if (document.activeElement !== cards[held].firstChild || wanted.some((n, at) => list.children[at] !== cards[n])) faults.push(`${held} in ${wanted}`);
                      }
                      list.remove();
                      done(faults);
                    }).catch((fault) => done([String(fault)]));
                    """) as? [String]
                #expect(moved == [])

                try await KeyboardTests.nothingIsLeftOut(browser, "board")
                try KeyboardTests.press(browser, ".card a.button")
                try browser.newestTab()
                try await browser.await("document.documentElement.dataset.around === '200'")
                #expect(try browser.complaints() == [])
            }
        }

        @Test("the incident: take, what came of a call, close, open again, shelve and take from the shelf")
        func incident() async throws {
            try await Desk.with(residents: 1, homes: Desk.homes(1)) { desk in
                desk.measure(0, spo2: 80)
                #expect(try await eventually(seconds: 30) { try desk.hub.incidents().contains { $0.kind == "vital.spo2.low" } })
                let incident = try #require(try desk.hub.incidents().first { $0.kind == "vital.spo2.low" })
                let browser = try await desk.page("incident", "#id=\(incident.id)")
                try await browser.await("document.documentElement.dataset.around === '200'")
                try await KeyboardTests.nothingIsLeftOut(browser, "incident")

                try await KeyboardTests.take(browser)
                try KeyboardTests.press(browser, "[data-pane=contacts] [data-result=family]")
                try await browser.await("document.querySelector('[data-pane=timeline]').textContent.includes('致电 赵邻居')")

                try KeyboardTests.press(browser, "[data-pane=shelf] [data-verb=shelve]")
                try await browser.await("document.activeElement.tagName === 'SELECT'")
                try browser.type("30" + KeyboardTests.tab)
                try browser.type("探头松动" + KeyboardTests.tab)
                try browser.type(KeyboardTests.enter)
                try await browser.await("document.querySelector('[data-pane=shelf] .offer')?.textContent.includes('探头松动')")
                try KeyboardTests.press(browser, "[data-pane=shelf] [data-verb=unshelve]")
                try await browser.await("document.querySelector('[data-pane=shelf] .offer') === null")

                try KeyboardTests.press(browser, ".card [data-verb=resolve]")
                try await browser.await("document.activeElement.tagName === 'SELECT'")
                try browser.type("误" + KeyboardTests.tab + KeyboardTests.tab)
                try browser.type(KeyboardTests.enter)
                try await browser.await("document.querySelector('.card').dataset.state === 'resolved'")
                try KeyboardTests.press(browser, "[data-pane=shelf] [data-verb=reopen]")
                try await browser.await("document.activeElement.tagName === 'TEXTAREA'")
                try browser.type(KeyboardTests.tab)
                try browser.type(KeyboardTests.enter)
                try await browser.await("document.querySelector('.card').dataset.state === 'open'")
                #expect(try browser.complaints() == [])
            }
        }

        @Test("every control of every further page is reached with Tab, and shows that it is reached")
        func pages() async throws {
            try await Desk.with(residents: 2, homes: Desk.homes(2)) { desk in
                desk.generator.press(0, "safety.sos")
                desk.measure(1, spo2: 97)
                #expect(try await eventually(seconds: 15) { try desk.hub.incidents().contains { $0.kind == "safety.sos" } })
                let browser = try await desk.board()
                // These two need what only their own tests have: a link, an incident.
                let pages = Desk.pages.filter { !["set-up", "incident"].contains($0) }
                #expect(pages.count >= 10)
                for page in pages {
                    try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/page/\(page).html")
                    try await browser.await("['linked', 'refused'].includes(document.documentElement.dataset.link) || document.querySelector('main button, main input') !== null")
                    try await KeyboardTests.nothingIsLeftOut(browser, page)
                }
                try browser.open("http://127.0.0.1:\(desk.hub.httpPort)/page/residents.html#id=\(homeName(0))-r")
                try await browser.await("document.documentElement.dataset.link === 'linked'")
                try await KeyboardTests.nothingIsLeftOut(browser, "resident")
            }
        }

        // MARK: - Keys

        /// How many controls a page of these tests has at most.
        static let controlsMax = 250

        /// Goes with Tab to an element.
        static func reach(_ browser: Browser, _ css: String) throws {
            for _ in 0..<controlsMax {
                if try browser.isTrue("document.activeElement.matches('\(css)')") { return }
                try browser.type(tab)
            }
            throw KitFailure("no way to \(css) by keyboard")
        }

        static func press(_ browser: Browser, _ css: String) throws {
            try reach(browser, css)
            try browser.type(enter)
        }

        /// Takes the first card: a red one in two deliberate steps.
        static func take(_ browser: Browser) async throws {
            try reach(browser, ".card [data-verb=acknowledge]")
            let isTaken = try await eventually(seconds: 20, every: .milliseconds(400)) {
                if try browser.isTrue("document.querySelector('.card .owner:not([hidden])')") { return true }
                if try browser.isTrue("document.activeElement.matches('.card [data-verb=acknowledge]')") { try browser.type(enter) }
                return false
            }
            #expect(isTaken)
        }

        /// Waits until the hub has a note.
        static func told(_ desk: Desk, _ note: String) async throws {
            #expect(try await eventually(seconds: 15) {
                try desk.hub.line().get("/api/v1/incidents?limit=10").text.contains(note)
            })
        }

        /// Tabs through the page from its start: every control that can be seen is reached, and looks so.
        static func nothingIsLeftOut(_ browser: Browser, _ page: String) async throws {
            // A page that is drawn anew meanwhile is looked at again.
            var left: [String] = [], plain: [String] = []
            let isDone = try await eventually(seconds: 60, every: .milliseconds(200)) {
                try browser.script("document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0); window.reached_ = new Set(); window.plain_ = [];")
                let wanted = try browser.script("""
                    window.controls_ = () => [...document.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex]')].filter((e) =>
                      !e.disabled && e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 0);
                    return window.controls_().length;
                    """) as? Int ?? 0
                // The browser itself takes a key or two at the end of the page, and one for each part of a date and for its calendar.
                let dates = try browser.count("input[type=datetime-local], input[type=date], input[type=time]")
                for _ in 0..<min(wanted + 8 * dates + 4, controlsMax) {
                    try browser.type(tab)
                    try browser.script("""
                        const e = document.activeElement, style = getComputedStyle(e);
                        window.reached_.add(e);
                        if (e !== document.body && style.outlineStyle === 'none' && style.boxShadow === 'none') window.plain_.push(e.outerHTML.slice(0, 120));
                        """)
                }
                left = try browser.script("return window.controls_().filter((e) => !window.reached_.has(e)).map((e) => e.outerHTML.slice(0, 120));") as? [String] ?? ["?"]
                plain = try browser.script("return window.plain_;") as? [String] ?? ["?"]
                return left.isEmpty && plain.isEmpty
            }
            #expect(isDone, "\(page): not reached \(left.prefix(5)), reached without a sign \(plain.prefix(5))")
        }
    }
}
