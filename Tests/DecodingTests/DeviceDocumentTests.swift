import CareModel
import Decoding
import Foundation
import Testing

/// docs/devices.md, generated from the profiles. Set VIGIL_WRITE_DOCS=1 to write it anew.
@Suite("The list of devices")
struct DeviceDocumentTests {
    /// The six classes of products of the catalogue of 2024, and what stands beside them.
    enum Class: CaseIterable {
        case monitoring, health, aids, chineseMedicine, robots, adapted, beside

        var title: (zh: String, en: String) {
            switch self {
            case .monitoring: ("养老监护类智能产品", "Care monitoring: behaviour, safety")
            case .health: ("健康管理类智能产品", "Health management: trends, warnings")
            case .aids: ("老年辅助器具类智能产品", "Assistive devices")
            case .chineseMedicine: ("中医数字化智能产品", "Digital Chinese medicine")
            case .robots: ("家庭服务机器人", "Household robots")
            case .adapted: ("适老化改造智能产品", "Products adapted to old age")
            case .beside: ("目录以外：环境、网关和电源", "Beside the catalogue: surroundings, gateways, power")
            }
        }

        /// Our reading of the classes: what watches over safety or behaviour, else what measures a body, else what does neither.
        static func of(_ kinds: [Kind]) -> Class {
            if kinds.contains(where: { $0.isSafety || $0.name.hasPrefix("behaviour.") }) { return .monitoring }
            return kinds.contains { $0.name.hasPrefix("vital.") || $0.name.hasPrefix("signal.") } ? .health : .beside
        }
    }

    struct Row {
        var name: String, title: (zh: String, en: String), kinds: [Kind], status: String, needsAcknowledgement: Bool, tokenised: [String], isGeneric: Bool
    }

    static func status(_ source: String) -> String {
        let line = source.split(separator: "\n").first { $0.hasPrefix("- Status:") }.map { $0.lowercased() } ?? ""
        if line.contains("captured"), !line.contains("not captured") { return "captured" }
        return line.contains("vendor document") || line.contains("from documents") ? "vendor document" : "unverified"
    }

    /// Every value of `key`, wherever it stands in the profile.
    static func all(_ key: String, in node: ConfigurationNode) -> [ConfigurationNode] {
        switch node.content {
        case .mapping(let entries): return entries.flatMap { ($0.key == key ? [$0.value] : []) + all(key, in: $0.value) }
        case .sequence(let items): return items.flatMap { all(key, in: $0) }
        default: return []
        }
    }

    static func text(_ node: ConfigurationNode?) -> String { if case .scalar(let text, _)? = node?.content { text } else { "" } }

    static func rows() throws -> [Row] {
        let kinds = Dictionary(uniqueKeysWithValues: try Shelf.book().traits.map { ($0.profile, $0.outputs.map(\.kind)) })
        return try Shelf.shipped().map { name, node in
            var tokenised: [String] = []
            for list in all("identifying", in: node) {
                if case .sequence(let items) = list.content { for item in items where !tokenised.contains(text(item)) { tokenised.append(text(item)) } }
            }
            let source = try String(contentsOf: Shelf.devices.appending(path: name).appending(path: "SOURCE.md"), encoding: .utf8)
            return Row(
                name: name, title: (text(node["title"]?["zh-CN"]), text(node["title"]?["en"])), kinds: Set(kinds[name] ?? []).sorted { $0.rawValue < $1.rawValue }, status: status(source),
                needsAcknowledgement: !all("acknowledgement", in: node).isEmpty, tokenised: tokenised, isGeneric: text(node["generic"]) == "true")
        }
    }

    @Test("docs/devices.md is what the profiles say")
    func document() throws {
        let rows = try DeviceDocumentTests.rows()
        var lines = [
            "# Devices", "",
            "All \(rows.count) shipped profiles. Generated from `devices/*/profile.yaml` and `SOURCE.md`: change those, then run", "`VIGIL_WRITE_DOCS=1 scripts/test --filter DeviceDocument`.", "",
            "The classes are the six classes of products of the catalogue of smart health and elderly-care products and services",
            "(智慧健康养老产品及服务推广目录, call of 2024, 工信厅联电子函〔2024〕334号). The catalogue lists products, not kinds of message; which class a profile",
            "stands in is our reading: what watches over safety or behaviour is care monitoring, else what measures a body is health management.", "",
            "Source: `captured` from a device; `vendor document`, a maker's document or decoder, not captured; `unverified`, open source, a standard or a form of our own.",
            "Acknowledgement: whether the hub tells the device that help is told. Tokenised: fields that name a person, replaced before anything is stored.",
            "Profiles marked (generic) read what a dialect has in common, for models without a profile of their own. A model that is missing: [device-profiles.md](device-profiles.md).",
        ]
        for one in Class.allCases {
            let own = rows.filter { Class.of($0.kinds) == one }
            lines += ["", "## \(one.title.zh) · \(one.title.en)", ""]
            if own.isEmpty {
                lines.append("No profile yet.")
                continue
            }
            lines += ["| profile | 名称 | name | kinds | source | acknowledgement | tokenised |", "|---|---|---|---|---|---|---|"]
            for row in own {
                let tokenised = row.tokenised.isEmpty ? "–" : row.tokenised.map { "`\($0)`" }.joined(separator: " ")
                lines.append("| `\(row.name)`\(row.isGeneric ? " (generic)" : "") | \(row.title.zh) | \(row.title.en) | \(row.kinds.map { "`\($0.name)`" }.joined(separator: " ")) | \(row.status) | \(row.needsAcknowledgement ? "yes" : "–") | \(tokenised) |")
            }
        }
        let text = lines.joined(separator: "\n") + "\n"
        let file = Shelf.devices.deletingLastPathComponent().appending(path: "docs/devices.md")
        if ProcessInfo.processInfo.environment["VIGIL_WRITE_DOCS"] == "1" { try text.write(to: file, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test("every profile stands in the list once, and every source says what it rests on")
    func complete() throws {
        let rows = try DeviceDocumentTests.rows()
        #expect(rows.count >= 60)
        #expect(Set(rows.map(\.name)).count == rows.count)
        #expect(rows.allSatisfy { !$0.title.zh.isEmpty && !$0.title.en.isEmpty })
        #expect(DeviceDocumentTests.status("- Status: captured 2026, firmware 3") == "captured")
        #expect(DeviceDocumentTests.status("- Status: vendor document, not captured") == "vendor document")
        #expect(DeviceDocumentTests.status("- Status: open source; not captured") == "unverified")
    }
}
