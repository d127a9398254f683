import CareModel

/// Work that comes round by itself: the key `duties` of response.yaml. Visits that are due stand at each resident (`visit_days`).
public struct Duties: Sendable, Hashable {
    /// Days within which each device that can call for help is pressed once; nil = not asked.
    public var testDays: Int?
    /// Days within which each station takes part in a drill; nil = not asked.
    public var drillDays: Int?
    /// Hours within which a device or hub fault is mended; nil = not asked.
    public var repairHours: Int?
    /// How many people the district's list entitles to a device; those whom this hub doesn't have count as uncovered. Nil = the residents of homes.yaml.
    public var eligibleResidents: Int?

    public init(testDays: Int? = nil, drillDays: Int? = nil, repairHours: Int? = nil, eligibleResidents: Int? = nil) {
        (self.testDays, self.drillDays, self.repairHours, self.eligibleResidents) = (testDays, drillDays, repairHours, eligibleResidents)
    }

    /// Reads `{test_days, drill_days, repair_hours, eligible_residents}`.
    init(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "the duties", &problems)
        let range = EscalationLimits.dutyDays
        testDays = reader.optional("test_days").flatMap { $0.int("test_days", in: range, &problems) }
        drillDays = reader.optional("drill_days").flatMap { $0.int("drill_days", in: range, &problems) }
        repairHours = reader.optional("repair_hours").flatMap { $0.int("repair_hours", in: EscalationLimits.repairHours, &problems) }
        eligibleResidents = reader.optional("eligible_residents").flatMap { $0.int("eligible_residents", in: EscalationLimits.eligibleResidents, &problems) }
        reader.finish(&problems)
    }
}
