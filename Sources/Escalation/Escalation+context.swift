import CareModel

extension Escalation {
    /// What a decision may look at besides Escalation's own state.
    public struct Context: Sendable {
        public var household: Household
        public var plan: ResponsePlan
        public var clock: HubClock
        /// `HUB-EPOCH`: the first part of every incident's identifier.
        public var origin: String
        /// Whether incidents are opened by a replay: they are marked so.
        public var isReplay: Bool
        /// Devices with which a resident can call for help: a press or a fall comes from them.
        public var callers: Callers

        public init(household: Household, plan: ResponsePlan, clock: HubClock, origin: String, isReplay: Bool = false, callers: Callers = Callers()) {
            self.callers = callers
            (self.household, self.plan, self.clock, self.origin, self.isReplay) = (household, plan, clock, origin, isReplay)
        }

        func response(to incident: Incident) -> ResponsePlan.Response? { plan.response(to: Concern(incident, household)) }
        func steps(of incident: Incident) -> [Step] { plan.steps(for: Concern(incident, household)) }
    }
}
