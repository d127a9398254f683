import CareModel

/// One revision as an OASIS Common Alerting Protocol 1.2 message, in Chinese and English.
///
/// The incident's first revision is an Alert, sent when it was opened; later ones are Updates that refer to it; the last is a Cancel.
/// A drill is an Exercise. Scope is Private: these are for the care service, not for the public.
public enum CAPAlert {
    public static func bytes(_ d: IncidentDocument) -> [UInt8] {
        var x = XMLWriter()
        x.open("alert", "xmlns", "urn:oasis:names:tc:emergency:cap:1.2")
        x.element("identifier", identifier(d, d.revision))
        x.element("sender", sender(d))
        x.element("sent", time(d.revision == 1 ? d.openedAt : d.sentAt))
        x.element("status", d.isDrill ? "Exercise" : "Actual")
        x.element("msgType", d.revision == 1 ? "Alert" : d.phase == "end" ? "Cancel" : "Update")
        x.element("scope", "Private")
        x.element("addresses", d.delivery.flatMap { $0.split(separator: ":").last.map(String.init) } ?? "care-service")
        if d.revision > 1 { x.element("references", "\(sender(d)),\(identifier(d, 1)),\(time(d.openedAt))") }
        x.element("incidents", CAPAlert.plain(d.id))
        info(d, "zh-CN", d.text.zhCN, &x)
        info(d, "en-US", d.text.en, &x)
        x.close("alert")
        return x.bytes
    }

    private static func info(_ d: IncidentDocument, _ language: String, _ text: String, _ x: inout XMLWriter) {
        x.open("info")
        x.element("language", language)
        x.element("category", d.category == "medical" ? "Health" : d.category == "technical" ? "Infra" : d.kind == "safety.smoke" ? "Fire" : "Safety")
        x.element("event", d.kind)
        x.element("responseType", d.phase == "end" ? "AllClear" : d.priority == "high" ? "Execute" : "Assess")
        x.element("urgency", d.phase == "end" ? "Past" : d.priority == "high" ? "Immediate" : d.priority == "medium" ? "Expected" : "Future")
        x.element("severity", d.priority == "high" ? "Extreme" : d.priority == "medium" ? "Severe" : d.priority == "low" ? "Moderate" : "Minor")
        x.element("certainty", d.category == "behaviour" || d.kind.hasSuffix("suspected") ? "Possible" : "Likely")
        x.open("eventCode")
        x.element("valueName", "vigil")
        x.element("value", d.kind)
        x.close("eventCode")
        if let observed = d.observedAt { x.element("onset", time(observed)) }
        if let due = d.deadlines.map(\.due).min() { x.element("expires", time(due)) }
        x.element("headline", text)
        for (name, value) in [("state", d.state), ("priority", d.priority), ("revision", String(d.revision)), ("tier", String(d.tier)), ("delivery", d.delivery ?? "")] where !value.isEmpty {
            x.open("parameter")
            x.element("valueName", name)
            x.element("value", value)
            x.close("parameter")
        }
        x.open("area")
        x.element("areaDesc", d.place.address ?? d.home ?? d.place.station ?? "unknown")
        if let home = d.home {
            x.open("geocode")
            x.element("valueName", "home")
            x.element("value", home)
            x.close("geocode")
        }
        x.close("area")
        x.close("info")
    }

    /// CAP allows no spaces, commas and `<`, `&` in names.
    private static func plain(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars { out.unicodeScalars.append([" ", ",", "<", "&"].contains(scalar) ? "-" : scalar) }
        return out
    }

    private static func identifier(_ d: IncidentDocument, _ revision: UInt32) -> String { plain(d.id) + ":" + String(revision) }

    /// The hub: what stands before the incident's number.
    private static func sender(_ d: IncidentDocument) -> String {
        guard let colon = d.id.utf8.lastIndex(of: UInt8(ascii: ":")) else { return "vigil" }
        return "vigil@" + plain(String(d.id[..<colon]))
    }

    /// CAP's form: whole seconds and a written offset instead of `Z`.
    private static func time(_ text: String) -> String {
        let isUTC = text.utf8.last == UInt8(ascii: "Z")
        return isUTC && text.utf8.count >= 20 ? String(decoding: text.utf8.prefix(19), as: UTF8.self) + "-00:00" : text
    }
}
