import CareModel

/// Work that comes round by itself: the key `duties` of response.yaml. Visits that are due stand at each resident (`visit_days`).
public struct Duties: Sendable, Hashable {
    /// Days within which each device that can call for help is pressed once; nil = not asked.
    public var testDays: Int?
    /// Days within which each station takes part in a drill; nil = not asked.
    public var drillDays: Int?

    public init(testDays: Int? = nil, drillDays: Int? = nil) { (self.testDays, self.drillDays) = (testDays, drillDays) }

    /// Reads `{test_days, drill_days}`.
    init(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "the duties", &problems)
        let range = EscalationLimits.dutyDays
        testDays = reader.optional("test_days").flatMap { $0.int("test_days", in: range, &problems) }
        drillDays = reader.optional("drill_days").flatMap { $0.int("drill_days", in: range, &problems) }
        reader.finish(&problems)
    }
}
