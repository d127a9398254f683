import CareModel
import Crypto
import Decoding
import Formats
import Foundation
import Simulation

/// The file of one incident for an inspection: every revision as it was stored, each chained to the one before, as JSON and for people as HTML.
///
/// A digest is the SHA-256 of the one before, a line feed, and the revision's bytes; the first has none before it. Whoever keeps the last digest elsewhere sees
/// any later change. The same incident gives the same bytes, as long as nothing happens to it.
public struct IncidentFile: Sendable {
    static let form = "vigil-incident-file-1"

    let id: String
    /// `HUB-EPOCH`.
    let origin: String
    /// Without names, addresses, notes and health values.
    let isMasked: Bool
    /// Oldest first.
    let revisions: [[UInt8]]
    let digests: [String]

    /// - Parameter revisions: as stored, oldest first; not empty.
    init(id: IncidentID, revisions: [[UInt8]], isMasked: Bool) {
        (self.id, origin, self.revisions, self.isMasked) = (id.description, id.origin, revisions, isMasked)
        digests = IncidentFile.chain(revisions)
    }

    private static func chain(_ revisions: [[UInt8]]) -> [String] {
        var before = ""
        return revisions.map { bytes in
            before = FrozenReports.digest(Array((before + "\n").utf8) + bytes)
            return before
        }
    }

    var json: [UInt8] {
        var w = JSONWriter(reserving: revisions.reduce(1_024) { $0 + $1.count + $1.count / 4 })
        w.beginObject()
        w.key("form"); w.string(IncidentFile.form)
        w.key("head"); w.string(digests.last)
        w.key("id"); w.string(id)
        w.key("masked"); w.bool(isMasked)
        w.key("origin"); w.string(origin)
        w.key("revisions")
        w.beginArray()
        for (bytes, digest) in zip(revisions, digests) {
            w.beginObject()
            w.key("digest"); w.string(digest)
            // As text, so that no tool that writes the file anew changes a byte of it.
            w.key("document"); w.string(String(decoding: bytes, as: UTF8.self))
            w.endObject()
        }
        w.endArray()
        w.endObject()
        return w.bytes + [0x0A]
    }

    // MARK: - Checking

    /// What a file that holds says of itself.
    public struct Verified: Hashable, Sendable, CustomStringConvertible {
        public var id: String
        public var head: String
        public var revisions: Int
        /// Whether it begins with the first revision; old ones leave the ledger after `journal.revision_days`.
        public var isWhole: Bool

        public var description: String { "\(id): \(revisions) revisions\(isWhole ? "" : ", the first ones are missing"), \(head)" }
    }

    private struct Stored: Decodable {
        struct Revision: Decodable {
            var digest: String
            var document: String
        }

        var form: String
        var head: String
        var id: String
        var revisions: [Revision]
    }

    private struct Numbered: Decodable {
        var id: String
        var revision: Int
    }

    /// Holds a file against its own chain.
    ///
    /// - Throws: what doesn't fit: a changed, missing, added or reordered revision, or a file that is none.
    public static func verify(_ json: [UInt8]) throws -> Verified {
        func fault(_ text: String) -> Gateway.StartFailure { Gateway.StartFailure(description: text) }
        guard let file = try? JSONDecoder().decode(Stored.self, from: Data(json)), file.form == form else { throw fault("it is no file of an incident (form \(form))") }
        guard !file.revisions.isEmpty else { throw fault("\(file.id): it holds no revision") }
        var before = "", newest: Int?, first = 0
        for revision in file.revisions {
            guard let numbered = try? JSONDecoder().decode(Numbered.self, from: Data(revision.document.utf8)), numbered.id == file.id else {
                throw fault("\(file.id): a document after revision \(newest ?? 0) is not of this incident")
            }
            guard newest.map({ numbered.revision == $0 + 1 }) ?? true else { throw fault("\(file.id): revision \(numbered.revision) stands behind \(newest ?? 0)") }
            before = FrozenReports.digest(Array((before + "\n" + revision.document).utf8))
            guard before == revision.digest else { throw fault("\(file.id): revision \(numbered.revision) is not what was chained: its digest is \(before), the file says \(revision.digest)") }
            if newest == nil { first = numbered.revision }
            newest = numbered.revision
        }
        guard before == file.head else { throw fault("\(file.id): the last digest is \(before), the file's head says \(file.head): a revision at the end is missing or was added") }
        return Verified(id: file.id, head: before, revisions: file.revisions.count, isWhole: first == 1)
    }
}

// MARK: - For people

extension IncidentFile {
    /// One page without scripts, to be printed or kept beside the JSON; both carry the same digests.
    var html: [UInt8] {
        let documents = revisions.map { try? JSONReader.read($0, limits: DeviceLog.limits) }
        let last = documents.last.flatMap { $0 } ?? .null
        var out = """
            <!doctype html>
            <html lang="zh-CN"><head><meta charset="utf-8"><title>\(IncidentFile.escaped(id))</title>
            <style>body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;width:100%}td,th{border:1px solid #888;padding:.3em .5em;text-align:left;vertical-align:top}code{overflow-wrap:anywhere}</style>
            </head><body>
            <h1>事件档案 · Incident file \(IncidentFile.escaped(id))</h1>

            """
        func row(_ cells: [String], _ tag: String = "td") { out += "<tr>" + cells.map { "<\(tag)>\($0)</\(tag)>" }.joined() + "</tr>\n" }
        func text(_ value: Value?) -> String { IncidentFile.escaped(IncidentFile.plain(value)) }
        out += "<p>\(text(last["text"]?["zh-CN"]))<br>\(text(last["text"]?["en"]))</p>\n<table>\n"
        for (name, value) in [
            ("主机 · Hub", IncidentFile.escaped(origin)), ("类别 · Kind", text(last["kind"])), ("优先级 · Priority", text(last["priority"])), ("状态 · State", text(last["state"])),
            ("老人 · Resident", text(last["resident"])), ("地点 · Place", [last["place"]?["station"], last["place"]?["address"], last["place"]?["room"]].map { text($0) }.filter { !$0.isEmpty }.joined(separator: " ")),
            ("规则 · Rule", text(last["rule"])), ("收到 · Received", text(last["received_at"])), ("建立 · Opened", text(last["opened_at"])), ("结案 · Closed as", text(last["close"]?["reason"])),
        ] { row([name, value]) }
        out += "</table>\n<h2>经过 · History</h2>\n<table>\n"
        row(["时间 · When", "事 · What", "谁 · Who", "备注 · Note"], "th")
        for note in last["annotations"]?.items ?? [] { row([text(note["at"]), text(note["what"]), text(note["actor"]), text(note["note"])]) }
        out += "</table>\n<h2>依据 · Evidence</h2>\n<table>\n"
        row(["收到 · Received", "设备 · Device", "种类 · Kind", "值 · Value", "限值 · Limit"], "th")
        for item in last["evidence"]?.items ?? [] {
            row([text(item["received_at"]), text(item["device"]), text(item["kind"]), text(item["value"]) + " " + text(item["unit"]), text(item["limit"])])
        }
        out += "</table>\n<h2>修订链 · Revisions and their chain</h2>\n<table>\n"
        row(["修订 · Revision", "阶段 · Phase", "状态 · State", "负责人 · Owner", "SHA-256"], "th")
        for (document, digest) in zip(documents, digests) {
            row([text(document?["revision"]), text(document?["phase"]), text(document?["state"]), text(document?["owner"]), "<code>\(digest)</code>"])
        }
        out += "</table>\n<p>每行摘要 = SHA-256(上一行摘要 + 换行 + 该修订的 JSON)。最后一行请另处保存。 · Each digest is the SHA-256 of the one before, a line feed, and the revision's JSON. Keep the last one elsewhere: <code>vigil incidents verify FILE</code> holds the JSON file against it.</p>\n</body></html>\n"
        return Array(out.utf8)
    }

    private static func plain(_ value: Value?) -> String {
        switch value {
        case nil, .null?: ""
        case .string(let text)?: text
        case .bool(let on)?: on ? "true" : "false"
        case .number(let number)?: number.text
        default: ""
        }
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
