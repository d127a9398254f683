import CareModel
import Hummingbird

/// The page's files. They are part of the program, so it works from any folder; they hold nothing that needs a token.
struct PageRoutes: Sendable {
    /// The further pages have one head, one body and one foot: `frame.html`, with the page's name and its title until the script has words.
    static let framed: [(name: String, title: String)] = [
        ("incident", "事件"), ("residents", "老人"), ("wall", "大屏"), ("queues", "送达队列"), ("rules", "规则"), ("tap", "实时报文"), ("replay", "回放台"),
        ("why", "为何未报"), ("reports", "报表"), ("family", "家人"), ("accounts", "账号管理"), ("audit", "审计"),
    ]

    static let files: [(path: String, type: String, bytes: [UInt8])] = single + framed.map { page in
        let frame = String(decoding: PackageResources.frame_html, as: UTF8.self)
        return ("/page/\(page.name).html", "text/html", Array(frame.replacing("{name}", with: page.name).replacing("{title}", with: page.title).utf8))
    }

    private static let single: [(path: String, type: String, bytes: [UInt8])] = [
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
        ("/page/devices.html", "text/html", PackageResources.devices_html),
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
        ("/page/people-words.js", "text/javascript", PackageResources.people_words_js),
        ("/page/qr.js", "text/javascript", PackageResources.qr_js),
    ]

    var routes: [Route] {
        PageRoutes.files.map { file in
            Route(.get, file.path, .open) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: file.type + "; charset=utf-8"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
            }
        }
    }
}
