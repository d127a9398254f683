import CareModel
import Detection

/// Drills that no device takes part in.
extension GatewayCore {
    /// What the rules in force make of an occurrence that nobody reported, as if a device of the resident had reported it now; nil for another command.
    ///
    /// Judged in a memory of its own: what the rules know of the real devices is neither used nor changed, so that a drill hides nothing that is
    /// real, and no silence ends by it. Its evidence says that it is a test.
    func exercise(_ command: Command, _ traits: [ProfileTraits]) -> Finding? {
        guard case .drill(let resident, let kind) = command.action, kind == .fall, let binding = exerciseBinding(resident, kind, traits) else { return nil }
        let bound = effective.household.bindings[binding]
        let reading = Reading(
            device: bound.device, binding: BindingIndex(binding), kind: kind, value: .code("suspected"), meaning: .momentary, receivedAt: at, profile: bound.profile)
        var memory = Detection(), found: [Finding] = []
        memory.observe(reading, at: at, clock: clock, under: effective.rules, into: &found)
        guard var finding = found.first(where: { $0.change == .raised && $0.category == .safety }) else { return nil }
        for index in finding.evidence.indices { finding.evidence[index].quality.insert(.test) }
        return finding
    }

    /// The device that is taken for the one that reports it: the resident's own before one that is shared with others of the home, and one that
    /// can report it before one with which the resident calls otherwise.
    private func exerciseBinding(_ resident: ResidentID, _ kind: Kind, _ traits: [ProfileTraits]) -> Int? {
        let household = effective.household
        guard let person = household.resident(resident) else { return nil }
        let reporting = Set(traits.filter { $0.outputs.contains { $0.kind == kind } }.map(\.profile))
        func fitness(of binding: DeviceBinding) -> Int? {
            guard !binding.isShared, binding.residents.contains(person), effective.callers.contains(binding.device) else { return nil }
            return (binding.residents.count == 1 ? 2 : 0) + (reporting.contains(binding.profile) ? 1 : 0)
        }
        var best: (fitness: Int, index: Int)?
        for (index, binding) in household.bindings.enumerated() {
            if let fitness = fitness(of: binding), fitness > best?.fitness ?? -1 { best = (fitness, index) }
        }
        return best?.index
    }

    /// Whether nobody pressed anything: then there is no device to which help is announced.
    static func isExercise(_ incident: Incident) -> Bool {
        incident.origin == .drill && !incident.evidence.isEmpty && incident.evidence.allSatisfy { $0.quality.contains(.test) }
    }
}
