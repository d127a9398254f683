import CareModel
import Hummingbird

/// The page's files. They are part of the program, so it works from any folder; they hold nothing that needs a token.
struct PageRoutes: Sendable {
    /// The further pages have one head, one body and one foot: `frame.html`, with the page's name and its title until the script has words.
    static let framed: [(name: String, title: String)] = [
        ("incident", "事件"), ("residents", "老人"), ("wall", "大屏"), ("devices", "设备"), ("queues", "送达队列"), ("rules", "规则"), ("tap", "实时报文"), ("replay", "回放台"),
        ("why", "为何未报"), ("reports", "报表"), ("family", "家人"), ("accounts", "账号管理"), ("audit", "审计"), ("visit", "探访签到"),
    ]

    typealias File = (path: String, type: String, bytes: [UInt8])

    static let files: [File] = {
        let pages = framed.map { page -> File in
            let frame = String(decoding: PackageResources.frame_html, as: UTF8.self)
            return ("/page/\(page.name).html", "text/html", Array(frame.replacing("{name}", with: page.name).replacing("{title}", with: page.title).utf8))
        }
        return (single + pages).map { file -> File in
            guard file.type == "text/html" else { return file }
            return (file.path, file.type, Array(preloading(String(decoding: file.bytes, as: UTF8.self)).utf8))
        }
    }()

    /// A page that names every module which its script leads to: a browser then asks for all of them at once, and not for one
    /// after the other as it reads them.
    private static func preloading(_ page: String) -> String {
        let scripts = page.split(separator: "<script type=\"module\" src=\"", omittingEmptySubsequences: false).dropFirst().map { String($0.prefix { $0 != "\"" }) }
        let links = modules(from: scripts).map { "<link rel=\"modulepreload\" href=\"\($0)\">\n" }
        return page.replacing("{modules}", with: links.joined())
    }

    /// What these scripts import, and what that imports, without the scripts themselves; in the order in which they are met.
    static func modules(from scripts: [String]) -> [String] {
        var met = scripts, next = 0
        while next < met.count {
            for path in imports[met[next]] ?? [] where !met.contains(path) { met.append(path) }
            next += 1
        }
        return Array(met.dropFirst(scripts.count))
    }

    /// By script: the modules that it names, each in quotes behind `./`.
    private static let imports: [String: [String]] = Dictionary(single.filter { $0.path.hasSuffix(".js") }.map { file -> (String, [String]) in
        var found: [String] = [], rest = file.bytes[...]
        while let quote = rest.firstIndex(of: UInt8(ascii: "'")) {
            rest = rest[(quote + 1)...]
            guard rest.first == UInt8(ascii: "."), rest.dropFirst().first == UInt8(ascii: "/") else { continue }
            let name = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "'") }
            found.append("/page/" + String(decoding: name, as: UTF8.self))
        }
        return (file.path, found.filter { $0.hasSuffix(".js") })
    }) { first, _ in first }

    private static let single: [File] = [
        ("/", "text/html", PackageResources.index_html),
        ("/page/set-up.html", "text/html", PackageResources.set_up_html),
        ("/page/set-up.js", "text/javascript", PackageResources.set_up_js),
        ("/page/account.html", "text/html", PackageResources.account_html),
        ("/page/account.js", "text/javascript", PackageResources.account_js),
        ("/page/lock.js", "text/javascript", PackageResources.lock_js),
        ("/page/sign-in.js", "text/javascript", PackageResources.sign_in_js),
        ("/page/access-words.js", "text/javascript", PackageResources.access_words_js),
        ("/page/page.css", "text/css", PackageResources.page_css),
        ("/page/main.js", "text/javascript", PackageResources.main_js),
        ("/page/board.js", "text/javascript", PackageResources.board_js),
        ("/page/card.js", "text/javascript", PackageResources.card_js),
        ("/page/devices.js", "text/javascript", PackageResources.devices_js),
        ("/page/dom.js", "text/javascript", PackageResources.dom_js),
        ("/page/evidence.js", "text/javascript", PackageResources.evidence_js),
        ("/page/forms.js", "text/javascript", PackageResources.forms_js),
        ("/page/hub.js", "text/javascript", PackageResources.hub_js),
        ("/page/names.js", "text/javascript", PackageResources.names_js),
        ("/page/presses.js", "text/javascript", PackageResources.presses_js),
        ("/page/sound.js", "text/javascript", PackageResources.sound_js),
        ("/page/who.js", "text/javascript", PackageResources.who_js),
        ("/page/words.js", "text/javascript", PackageResources.words_js),
        ("/page/more.css", "text/css", PackageResources.more_css),
        ("/page/words-more.js", "text/javascript", PackageResources.words_more_js),
        ("/page/frame.js", "text/javascript", PackageResources.frame_js),
        ("/page/charts.js", "text/javascript", PackageResources.charts_js),
        ("/page/procedures.js", "text/javascript", PackageResources.procedures_js),
        ("/page/proof.js", "text/javascript", PackageResources.proof_js),
        ("/page/incident.js", "text/javascript", PackageResources.incident_js),
        ("/page/residents.js", "text/javascript", PackageResources.residents_js),
        ("/page/wall.js", "text/javascript", PackageResources.wall_js),
        ("/page/queues.js", "text/javascript", PackageResources.queues_js),
        ("/page/rules.js", "text/javascript", PackageResources.rules_js),
        ("/page/tap.js", "text/javascript", PackageResources.tap_js),
        ("/page/replay.js", "text/javascript", PackageResources.replay_js),
        ("/page/why.js", "text/javascript", PackageResources.why_js),
        ("/page/reports.js", "text/javascript", PackageResources.reports_js),
        ("/page/family.js", "text/javascript", PackageResources.family_js),
        ("/page/accounts.js", "text/javascript", PackageResources.accounts_js),
        ("/page/audit.js", "text/javascript", PackageResources.audit_js),
        ("/page/visit.js", "text/javascript", PackageResources.visit_js),
        ("/page/people-words.js", "text/javascript", PackageResources.people_words_js),
        ("/page/qr.js", "text/javascript", PackageResources.qr_js),
    ]

    /// What the stickers in the homes have, before `#` and their code. They hang there for years: it never changes.
    static let visit = "/visit"

    var routes: [Route] {
        let onStickers = PageRoutes.files.filter { $0.path == "/page/visit.html" }.map { (path: PageRoutes.visit, type: $0.type, bytes: $0.bytes) }
        return (PageRoutes.files + onStickers).map { file in
            Route(.get, file.path, .open) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: file.type + "; charset=utf-8"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
            }
        }
    }
}
