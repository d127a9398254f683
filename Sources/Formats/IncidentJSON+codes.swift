import CareModel

extension IncidentJSON {
    static let mdcSystem = "urn:iso:std:iso:11073:10101"
    static let loincSystem = "http://loinc.org"

    /// The kind that an incident's kind stands for: `vital.spo2.low` is about `vital.spo2`.
    static func kind(of name: String) -> Kind? {
        var text = Substring(name)
        while !text.isEmpty {
            if let kind = Kind(name: String(text)) { return kind }
            guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
            text = text[..<dot]
        }
        return nil
    }

    /// Standard codes of the incident's kind, then of its evidence, each once; MDC before LOINC.
    static func writeCodes(_ incident: Incident, to w: inout JSONWriter) {
        var seen: [Kind] = []
        if let own = kind(of: incident.kind) { seen.append(own) }
        for item in incident.evidence where !seen.contains(item.kind) { seen.append(item.kind) }
        var written: [String] = []
        w.beginArray()
        for kind in seen {
            let entry = kind.entry
            if let mdc = entry.mdc, !written.contains(mdc.code) {
                written.append(mdc.code)
                write(mdc.code, mdcSystem, to: &w)
            }
            if let loinc = entry.loinc, !written.contains(loinc.code) {
                written.append(loinc.code)
                write(loinc.code, loincSystem, to: &w)
            }
        }
        w.endArray()
    }

    private static func write(_ code: String, _ system: String, to w: inout JSONWriter) {
        w.beginObject()
        w.key("code"); w.string(code)
        w.key("system"); w.string(system)
        w.endObject()
    }
}
