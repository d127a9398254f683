import CareModel
import Decoding
import Detection
import Escalation

/// Everything that the core is told from outside, checked: an argument of each step, never state.
///
/// Adoptions are not in it: they are decided rows, and the core lays them over.
public struct Configuration: Sendable {
    public let digest: ConfigurationDigest
    public let household: Household
    public let profiles: ProfileBook
    /// The rule files, kept because an adoption needs a rule book of its own.
    public let ruleFiles: [ConfigurationNode]
    public let rules: RuleBook
    public let registry: Registry
    public let plan: ResponsePlan

    /// - Parameter problems: receives every fault of rules and of bindings; the value must not be used when there are any.
    public init(
        digest: ConfigurationDigest, household: Household, profiles: ProfileBook, ruleFiles: [ConfigurationNode], plan: ResponsePlan,
        _ problems: inout Problems
    ) {
        self.digest = digest
        self.household = household
        self.profiles = profiles
        self.ruleFiles = ruleFiles
        self.plan = plan
        rules = RuleBook(ruleFiles, household: household, traits: profiles.traits, &problems)
        registry = Registry(book: profiles, household: household)
    }

    /// Devices of `household` with which a resident can call for help: they report a press or a fall.
    public func callers(in household: Household) -> Callers {
        var named = Set<String>(), generic = Set<String>()
        for traits in profiles.traits where traits.outputs.contains(where: { $0.kind == .sos || $0.kind == .callButton || $0.kind == .fall }) {
            if traits.isGeneric { generic.insert(traits.profile) } else { named.insert(traits.profile) }
        }
        var callers = Callers()
        for binding in household.bindings {
            if binding.calls ?? named.contains(binding.profile) {
                callers.named.insert(binding.device)
            } else if binding.calls == nil, generic.contains(binding.profile) {
                callers.generic.insert(binding.device)
            }
        }
        return callers
    }

    /// The household with what was adopted laid over it.
    ///
    /// - Parameter rows: decided rows; those of the table `binding` count, in the order of their numbers.
    /// - Throws: when one can't be read.
    public func household(adopting rows: [DecidedRow]) throws(BinaryFailure) -> Household {
        var all = household
        for adoption in try GatewayCore.adoptions(rows) { all = all.adopting(adoption) ?? all }
        return all
    }
}

/// The configuration with this hub's adoptions laid over it: what the stages really work under.
struct EffectiveConfiguration: Sendable {
    let digest: ConfigurationDigest
    let household: Household
    let registry: Registry
    let rules: RuleBook
    let plan: ResponsePlan
    /// Devices with which a resident can call for help: they report a press or a fall.
    let callers: Callers

    /// - Parameter adoptions: in the order of their commands; one that contradicts homes.yaml gives way to it.
    init(_ configuration: Configuration, adoptions: [Adoption]) {
        digest = configuration.digest
        plan = configuration.plan
        var household = configuration.household
        for adoption in adoptions { household = household.adopting(adoption) ?? household }
        self.household = household
        callers = configuration.callers(in: household)
        guard !adoptions.isEmpty else {
            registry = configuration.registry
            rules = configuration.rules
            return
        }
        registry = Registry(book: configuration.profiles, household: household)
        var ignored = Problems()
        rules = RuleBook(configuration.ruleFiles, household: household, traits: configuration.profiles.traits, &ignored)
    }
}
