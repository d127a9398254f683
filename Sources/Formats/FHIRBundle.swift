import CareModel

/// One revision as an HL7 FHIR R4 (4.0.1) transaction bundle: the issue, its observations, the message to people, and the task with
/// its deadline. Every entry is a conditional update by identifier, so that a second arrival changes nothing.
public enum FHIRBundle {
    static let incidents = "urn:vigil:incident", residents = "urn:vigil:resident", devices = "urn:vigil:device", homes = "urn:vigil:home", kinds = "urn:vigil:kind"
    private static let actCode = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

    /// - Parameter document: full or masked; what it lacks is left out or marked as masked.
    public static func bytes(_ document: IncidentDocument) -> [UInt8] {
        var w = JSONWriter(reserving: 4_096)
        w.beginObject()
        w.key("resourceType"); w.string("Bundle")
        w.key("id"); w.string(StableUUID.text(document.delivery ?? "\(document.id):\(document.revision)"))
        meta(document, &w)
        w.key("identifier"); identifier(incidents, "\(document.id):\(document.revision)", &w)
        w.key("type"); w.string("transaction")
        w.key("timestamp"); w.string(document.sentAt)
        w.key("entry")
        w.beginArray()
        entry("DetectedIssue", "issue", document, &w) { issue(document, &$0) }
        for (index, item) in document.evidence.enumerated() {
            entry("Observation", "observation-\(index)", document, &w) { observation(item, index, document, &$0) }
        }
        entry("Communication", "communication", document, &w) { communication(document, &$0) }
        entry("Task", "task", document, &w) { task(document, &$0) }
        w.endArray()
        w.endObject()
        return w.bytes
    }

    // MARK: - Resources

    private static func issue(_ d: IncidentDocument, _ w: inout JSONWriter) {
        w.key("status"); w.string(d.state == "resolved" ? "final" : "preliminary")
        w.key("code"); concept(kinds, d.kind, d.text, &w)
        w.key("severity"); w.string(d.priority == "high" ? "high" : d.priority == "medium" ? "moderate" : "low")
        subject("patient", d, &w)
        w.key("identifiedDateTime"); w.string(d.detectedAt)
        if !d.evidence.isEmpty {
            w.key("evidence")
            w.beginArray()
            for index in d.evidence.indices {
                w.beginObject()
                w.key("detail")
                w.beginArray()
                reference("observation-\(index)", d, &w)
                w.endArray()
                w.endObject()
            }
            w.endArray()
        }
        w.key("detail"); w.string(d.text.zhCN + " / " + d.text.en)
    }

    private static func observation(_ item: IncidentDocument.Evidence, _ index: Int, _ d: IncidentDocument, _ w: inout JSONWriter) {
        w.key("status"); w.string(item.quality.isEmpty ? "final" : "preliminary")
        let entry = Kind(name: item.kind)?.entry
        w.key("category")
        w.beginArray()
        concept("http://terminology.hl7.org/CodeSystem/observation-category", item.kind.hasPrefix("vital.") ? "vital-signs" : "activity", nil, &w)
        w.endArray()
        w.key("code")
        w.beginObject()
        w.key("coding")
        w.beginArray()
        coding(kinds, item.kind, &w)
        if let mdc = entry?.mdc { coding(IncidentJSON.mdcSystem, mdc.code, &w) }
        if let loinc = entry?.loinc { coding(IncidentJSON.loincSystem, loinc.code, &w) }
        w.endArray()
        w.key("text"); w.string(item.kind)
        w.endObject()
        subject("subject", d, &w)
        w.key("effectiveDateTime"); w.string(item.observedAt ?? item.receivedAt ?? d.detectedAt)
        if let received = item.receivedAt { w.key("issued"); w.string(received) }
        switch item.value {
        case .number(let number)?:
            let decimals = entry?.decimals ?? 3
            var scale = 1.0
            for _ in 0..<decimals { scale *= 10 }
            w.key("valueQuantity")
            w.beginObject()
            w.key("value"); w.decimal(scaled: Int64((number * scale).rounded()), decimals: decimals)
            w.key("unit"); w.string(item.unit ?? "1")
            w.key("system"); w.string("http://unitsofmeasure.org")
            w.key("code"); w.string(item.unit ?? "1")
            w.endObject()
        case .flag(let on)?:
            w.key("valueBoolean"); w.bool(on)
        case .text(let text)?:
            w.key("valueString"); w.string(text.isEmpty ? "-" : text)
        case nil:
            w.key("dataAbsentReason"); concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "masked", nil, &w)
        }
        if !item.quality.isEmpty {
            w.key("note")
            w.beginArray()
            w.beginObject()
            w.key("text"); w.string(joined(item.quality))
            w.endObject()
            w.endArray()
        }
        w.key("device")
        w.beginObject()
        w.key("identifier"); identifier(devices, item.device, &w)
        w.endObject()
    }

    private static func communication(_ d: IncidentDocument, _ w: inout JSONWriter) {
        w.key("status"); w.string(d.state == "resolved" ? "completed" : "in-progress")
        w.key("category")
        w.beginArray()
        concept("http://terminology.hl7.org/CodeSystem/communication-category", "alert", nil, &w)
        w.endArray()
        w.key("priority"); w.string(requestPriority(d))
        subject("subject", d, &w)
        w.key("about")
        w.beginArray()
        reference("issue", d, &w)
        w.endArray()
        w.key("sent"); w.string(d.sentAt)
        w.key("payload")
        w.beginArray()
        for text in [d.text.zhCN, d.text.en] {
            w.beginObject()
            w.key("contentString"); w.string(text)
            w.endObject()
        }
        w.endArray()
    }

    private static func task(_ d: IncidentDocument, _ w: inout JSONWriter) {
        let status = switch d.state {
        case "open": "requested"
        case "acknowledged": "accepted"
        case "resolved": "completed"
        default: "in-progress"
        }
        w.key("status"); w.string(status)
        w.key("businessStatus"); concept("urn:vigil:state", d.state, nil, &w)
        w.key("intent"); w.string("order")
        w.key("priority"); w.string(requestPriority(d))
        w.key("description"); w.string(d.text.zhCN + " / " + d.text.en)
        w.key("focus"); reference("issue", d, &w)
        subject("for", d, &w)
        w.key("authoredOn"); w.string(d.openedAt)
        w.key("lastModified"); w.string(d.sentAt)
        if let owner = d.owner {
            w.key("owner")
            w.beginObject()
            w.key("display"); w.string(owner)
            w.endObject()
        }
        if let due = d.deadlines.map(\.due).min() {
            w.key("restriction")
            w.beginObject()
            w.key("period")
            w.beginObject()
            w.key("end"); w.string(due)
            w.endObject()
            w.endObject()
        }
        if let close = d.close {
            w.key("statusReason"); concept("urn:vigil:close-reason", close.reason, nil, &w)
        }
    }

    // MARK: - Parts

    private static func requestPriority(_ d: IncidentDocument) -> String {
        switch d.priority {
        case "high": "stat"
        case "medium": "urgent"
        default: "routine"
        }
    }

    private static func meta(_ d: IncidentDocument, _ w: inout JSONWriter) {
        w.key("meta")
        w.beginObject()
        w.key("versionId"); w.string(String(d.revision))
        if d.isDrill {
            w.key("tag")
            w.beginArray()
            coding(actCode, "HTEST", &w)
            w.endArray()
        }
        w.endObject()
    }

    private static func entry(_ type: StaticString, _ part: String, _ d: IncidentDocument, _ w: inout JSONWriter, _ body: (inout JSONWriter) -> Void) {
        let value = "\(d.id)/\(part)"
        w.beginObject()
        w.key("fullUrl"); w.string("urn:uuid:" + StableUUID.text(value))
        w.key("resource")
        w.beginObject()
        w.key("resourceType"); w.string("\(type)")
        meta(d, &w)
        w.key("identifier")
        w.beginArray()
        identifier(incidents, value, &w)
        w.endArray()
        body(&w)
        w.endObject()
        w.key("request")
        w.beginObject()
        w.key("method"); w.string("PUT")
        w.key("url"); w.string("\(type)?identifier=\(incidents)|\(value)")
        w.endObject()
        w.endObject()
    }

    /// Nobody where it is not known who is meant: candidates are named in the sentence, never as the patient.
    private static func subject(_ key: StaticString, _ d: IncidentDocument, _ w: inout JSONWriter) {
        guard let resident = d.resident else { return }
        w.key(key)
        w.beginObject()
        w.key("type"); w.string("Patient")
        w.key("identifier"); identifier(residents, resident, &w)
        if let name = d.residentName { w.key("display"); w.string(name) }
        w.endObject()
    }

    private static func reference(_ part: String, _ d: IncidentDocument, _ w: inout JSONWriter) {
        w.beginObject()
        w.key("reference"); w.string("urn:uuid:" + StableUUID.text("\(d.id)/\(part)"))
        w.endObject()
    }

    private static func identifier(_ system: String, _ value: String, _ w: inout JSONWriter) {
        w.beginObject()
        w.key("system"); w.string(system)
        w.key("value"); w.string(value)
        w.endObject()
    }

    private static func concept(_ system: String, _ code: String, _ text: IncidentDocument.Sentence?, _ w: inout JSONWriter) {
        w.beginObject()
        w.key("coding")
        w.beginArray()
        coding(system, code, &w)
        w.endArray()
        if let text { w.key("text"); w.string(text.zhCN) }
        w.endObject()
    }

    private static func coding(_ system: String, _ code: String, _ w: inout JSONWriter) {
        w.beginObject()
        w.key("system"); w.string(system)
        w.key("code"); w.string(code)
        w.endObject()
    }

    private static func joined(_ words: [String]) -> String {
        var out = ""
        for word in words { out += out.isEmpty ? word : ", " + word }
        return out
    }
}
