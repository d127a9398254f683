import CareModel

extension HubSettings {
    /// Variables that win over hub.yaml; an empty one counts as absent.
    public static let variables = ["VIGIL_BROKER_HOST", "VIGIL_BROKER_PORT", "VIGIL_HTTP_PORT", "VIGIL_DATA_DIR"]

    /// A host in the environment means a broker that is there already, so the hub starts none; a port alone moves
    /// whichever broker hub.yaml names.
    ///
    /// - Note: a relative `VIGIL_DATA_DIR` starts from the working directory, as every path of a command does.
    mutating func apply(_ environment: [String: String], _ problems: inout Problems) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func port(_ name: String) -> Int? {
            guard let text = value(name) else { return nil }
            if let number = Int(text), (1...65_535).contains(number) { return number }
            problems.add("config.out_of_range", at: Place(file: name, line: 1, column: 1), "the variable \(name) is \"\(text)\"; it must be a port from 1 to 65535")
            return nil
        }
        if let host = value("VIGIL_BROKER_HOST") { (broker.host, broker.isManaged) = (host, false) }
        if let number = port("VIGIL_BROKER_PORT") { broker.port = number }
        if let number = port("VIGIL_HTTP_PORT") { http.port = number }
        if let folder = value("VIGIL_DATA_DIR") { dataFolder = folder }
    }
}
