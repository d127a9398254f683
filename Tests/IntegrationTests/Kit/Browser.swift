import Foundation
import Glibc

/// A chromedriver of a test's own on a free port of 127.0.0.1; it and its browsers end with `stop()`.
final class Chromedriver {
    let folder: String
    let port: UInt16
    private let process: pid_t
    private var browsers: [Browser] = []

    /// - Parameter folder: profiles and logs go below it.
    init(folder: String) async throws {
        for program in ["/usr/bin/chromium", "/usr/bin/chromedriver"] where access(program, X_OK) != 0 {
            throw KitFailure("\(program) is missing: scripts/setup test installs it")
        }
        self.folder = folder
        // A port that was free a moment ago may be taken by the time that it is bound.
        for _ in 0..<5 {
            let port = freePort()
            let process = try spawn("/usr/bin/chromedriver", ["--port=\(port)"], environment: ["TMPDIR": folder], output: folder + "/chromedriver.log")
            var status: Int32 = 0, isGone = false
            let isReady = try await eventually(seconds: 30, every: .milliseconds(20)) {
                isGone = waitpid(process, &status, WNOHANG) == process
                return isGone || (try? HTTPLine(port: port, token: "").get("/status", seconds: 2))?.status == 200
            }
            guard isReady, !isGone else {
                if !isGone { kill(process, SIGKILL); waitpid(process, &status, 0) }
                continue
            }
            (self.port, self.process) = (port, process)
            return
        }
        throw KitFailure("chromedriver does not start: " + String(decoding: (FileManager.default.contents(atPath: folder + "/chromedriver.log") ?? Data()).suffix(1_000), as: UTF8.self))
    }

    /// Opens a browser with a profile of its own.
    ///
    /// - Parameter mayPlay: sound needs no press first, as on a screen that is set up for it.
    func browser(mayPlay: Bool = false) throws -> Browser {
        let browser = try Browser(port: port, profile: folder + "/profile-\(browsers.count)", mayPlay: mayPlay)
        browsers.append(browser)
        return browser
    }

    func stop() async throws {
        for browser in browsers { browser.close() }
        kill(process, SIGTERM)
        try await end(of: process, seconds: 10)
    }
}

/// One browser over WebDriver (W3C Recommendation of 2018): plain HTTP, real presses and keys.
///
/// - Note: one task owns it.
final class Browser {
    private let line: HTTPLine
    private let session: String
    private var isOpen = true
    /// Presses that were made with `press`, for those that state how many a task takes.
    private(set) var presses = 0

    fileprivate init(port: UInt16, profile: String, mayPlay: Bool) throws {
        line = HTTPLine(port: port, token: "")
        var arguments = [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--hide-scrollbars", "--user-data-dir=" + profile,
        ]
        if mayPlay { arguments.append("--autoplay-policy=no-user-gesture-required") }
        let options: [String: Any] = ["binary": "/usr/bin/chromium", "args": arguments]
        let wish: [String: Any] = ["browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"]]
        let answer = try Browser.value(of: line.post("/session", Browser.json(["capabilities": ["alwaysMatch": wish]]), seconds: 60))
        guard let id = (answer as? [String: Any])?["sessionId"] as? String else { throw KitFailure("no browser session: \(answer ?? "")") }
        session = "/session/" + id
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        _ = try? line.delete(session, seconds: 10)
    }

    func open(_ address: String) throws { try call("/url", ["url": address]) }
    func reload() throws { try call("/refresh", [:]) }

    /// Runs a function's body in the page and gives what it returns.
    @discardableResult
    func script(_ body: String, _ arguments: [Any] = []) throws -> Any? { try call("/execute/sync", ["script": body, "args": arguments]) }

    /// The same for a body that calls its last argument when it is done.
    func scriptAsync(_ body: String, _ arguments: [Any] = []) throws -> Any? { try call("/execute/async", ["script": body, "args": arguments]) }

    func isTrue(_ expression: String) throws -> Bool { try script("return !!(\(expression));") as? Bool == true }

    /// What an element shows, without what is hidden. A card off the screen is laid out first: the browser leaves that until it comes near it, and
    /// until then says that the card is empty.
    func text(_ css: String) throws -> String {
        try script("""
            const found = document.querySelector(arguments[0]);
            if (!found) return '';
            for (const card of document.querySelectorAll('.card')) if (card.contains(found) || found.contains(card)) card.style.contentVisibility = 'visible';
            return found.innerText;
            """, [css]) as? String ?? ""
    }

    func count(_ css: String) throws -> Int { try script("return document.querySelectorAll(arguments[0]).length;", [css]) as? Int ?? -1 }

    /// Waits until an expression of the page is true.
    ///
    /// - Returns: `microseconds()` of the moment when it was seen.
    @discardableResult
    func await(_ expression: String, seconds: Double = 15) async throws -> Int64 {
        guard try await eventually(seconds: seconds, { try isTrue(expression) }) else {
            throw KitFailure("not within \(seconds) s: \(expression)\n\(String(try text("body").prefix(1_500)))")
        }
        return microseconds()
    }

    /// Waits until an element is there and can be pressed, and presses it.
    func press(_ css: String, seconds: Double = 15) async throws {
        var why = ""
        let isDone = try await eventually(seconds: seconds, every: .milliseconds(20)) {
            do {
                try click(css)
                return true
            } catch let failure as KitFailure {
                // Not there yet, drawn anew, covered or moving: asked again.
                why = failure.description
                return false
            }
        }
        guard isDone else { throw KitFailure("can't press \(css): \(why)") }
        presses += 1
    }

    /// Presses an element that is there.
    func click(_ css: String) throws {
        // Scrolled as a person does when a bar lies over it.
        try script("document.querySelector(arguments[0])?.scrollIntoView({block: 'center'});", [css])
        try call(try path(css) + "/click", [:])
    }

    /// Goes over to the newest tab, where a link has opened one.
    func newestTab() throws {
        guard let last = (try call("/window/handles", nil) as? [String])?.last else { throw KitFailure("no tab") }
        try call("/window", ["handle": last])
    }

    /// Types into an element; U+E007 is Enter, U+E004 Tab.
    func type(_ text: String, into css: String) throws { try call(try path(css) + "/value", ["text": text]) }

    /// Presses keys one after another, wherever the focus is then.
    func type(_ text: String) throws {
        let keys = text.flatMap { key in ["keyDown", "keyUp"].map { ["type": $0, "value": String(key)] } }
        try call("/actions", ["actions": [["type": "key", "id": "keyboard", "actions": keys] as [String: Any]]])
    }

    /// The size of what is seen, in CSS pixels.
    func resize(_ width: Int, _ height: Int) throws {
        try tool("Emulation.setDeviceMetricsOverride", ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600])
    }

    /// A command of the browser's own tools.
    @discardableResult
    func tool(_ name: String, _ parameters: [String: Any]) throws -> [String: Any] {
        try call("/goog/cdp/execute", ["cmd": name, "params": parameters]) as? [String: Any] ?? [:]
    }

    func screenshot(_ file: String) throws {
        let answer = try tool("Page.captureScreenshot", ["format": "png"])
        guard let text = answer["data"] as? String, let image = Data(base64Encoded: text), image.count > 1_000 else { throw KitFailure("no picture") }
        try image.write(to: URL(fileURLWithPath: file))
    }

    /// What the page complained about since the last call: faults of scripts and of the policy, not of the network.
    func complaints() throws -> [String] {
        let entries = try call("/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.filter { $0["level"] as? String == "SEVERE" && $0["source"] as? String != "network" }.compactMap { $0["message"] as? String }
    }

    private func path(_ css: String) throws -> String {
        try Browser.path(of: call("/element", ["using": "css selector", "value": css]))
    }

    private static func path(of element: Any?) throws -> String {
        guard let id = (element as? [String: Any])?["element-6066-11e4-a52e-4f735466cecf"] as? String else { throw KitFailure("no element") }
        return "/element/" + id
    }

    @discardableResult
    private func call(_ path: String, _ body: [String: Any]?) throws -> Any? {
        try Browser.value(of: body.map { try line.post(session + path, Browser.json($0), seconds: 60) } ?? line.get(session + path, seconds: 60))
    }

    private static func json(_ body: [String: Any]) throws -> String { String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self) }

    private static func value(of answer: HTTPLine.Answer) throws -> Any? {
        let value = (try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])?["value"]
        guard answer.status == 200 else {
            let fault = value as? [String: Any]
            throw KitFailure("\(fault?["error"] ?? answer.status): \(String(String(describing: fault?["message"] ?? "").prefix(300)))")
        }
        return value is NSNull ? nil : value
    }
}
