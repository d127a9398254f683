/// What a queue's receiver reads.
public enum IncidentFormat: String, Hashable, Sendable, CaseIterable {
    /// docs/schemas/incident.schema.json.
    case json
    /// HL7 FHIR R4: a transaction bundle.
    case fhir
    /// OASIS Common Alerting Protocol 1.2.
    case cap

    public var contentType: String {
        switch self {
        case .json: "application/json"
        case .fhir: "application/fhir+json"
        case .cap: "application/cap+xml"
        }
    }
}
