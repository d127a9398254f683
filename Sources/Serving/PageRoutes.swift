import CareModel
import Hummingbird

/// The page's files. They are part of the program, so it works from any folder; they hold nothing that needs a token.
struct PageRoutes: Sendable {
    static let files: [(path: String, type: String, bytes: [UInt8])] = [
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
