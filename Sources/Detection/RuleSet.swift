import CareModel

/// A named way of living: which rules are off and which numbers differ there, chosen by `rule_set:` in homes.yaml.
///
/// A set is a list of the same overrides as a resident's `limits`, so that it can say nothing that a clinician could
/// not; a resident's own limits win, key by key.
struct RuleSet: Sendable {
    static let setsMax = 64

    var name: String
    var overrides: [LimitOverride]
    var place: Place
}

extension RuleBook {
    mutating func readSets(_ nodes: [ConfigurationNode], _ problems: inout Problems) {
        for node in nodes {
            var reader = MappingReader(node, "a rule set", &problems)
            let name = reader.string("name", &problems)
            _ = reader.text("title", &problems)
            let source = reader.required("source", &problems)
            if let source, let text = source.string("source", &problems), text.isEmpty {
                problems.add("rules.no_source", at: source.place, "every rule set names the source of its numbers, or \"our choice, because …\"")
            }
            let limits = reader.optional("limits")
            reader.finish(&problems)
            var overrides: [LimitOverride] = []
            if let limits, case .mapping(let entries) = limits.content {
                for entry in entries {
                    if overrides.contains(where: { $0.rule == entry.key }) {
                        problems.add("config.duplicate_key", at: entry.keyPlace, "the key \"\(entry.key)\" stands twice")
                        continue
                    }
                    overrides.append(LimitOverride(rule: entry.key, parameters: entry.value))
                }
            } else if let limits, !limits.isNull {
                problems.add("config.wrong_type", at: limits.place, "\"limits\" must be a mapping of rules to their numbers")
            }
            guard let name else { continue }
            if let first = sets.first(where: { $0.name == name }) {
                problems.add("rules.duplicate_name", at: node.place, "the rule set \"\(name)\" stands at \(first.place) already")
                continue
            }
            if sets.count == RuleSet.setsMax { problems.add("rules.too_many", at: node.place, "a hub may have at most \(RuleSet.setsMax) rule sets") }
            sets.append(RuleSet(name: name, overrides: overrides, place: node.place))
        }
    }

    /// What rule sets and clinicians set: by resident, and by home for what watches a home of several.
    func overrides(_ household: Household, _ problems: inout Problems) -> (residents: [[RuleLayout.Override]], homes: [[RuleLayout.Override]]) {
        // Each set is checked once, whether somebody chose it or not.
        var known: [Numbers: Shared] = [:]
        let checked = sets.enumerated().map { index, set in
            compiled(set.overrides, of: "the rule set \"\(set.name)\"", owner: -2 - index, &known, &problems)
        }
        func set(_ choice: RuleSetChoice?) -> Int? {
            guard let choice else { return nil }
            if let index = sets.firstIndex(where: { $0.name == choice.name }) { return index }
            let known = sets.map(\.name)
            let near = closestName(to: choice.name, among: known).map { "; did you mean \"\($0)\"?" } ?? "; known: \(known.joined(separator: ", "))"
            problems.add("rules.unknown_set", at: choice.place, "there is no rule set \"\(choice.name)\"" + (known.isEmpty ? "; no file of config/rules has any" : near))
            return nil
        }
        let homes = household.homes.map { set($0.ruleSet) }
        let residents = household.residents.enumerated().map { index, resident -> [RuleLayout.Override] in
            let chosen = resident.ruleSet == nil ? homes[resident.home] : set(resident.ruleSet)
            let base = chosen.map { sets[$0].overrides } ?? []
            let merged = resident.limits.map { limit -> LimitOverride in
                guard let under = base.first(where: { $0.rule == limit.rule }) else { return limit }
                return LimitOverride(rule: limit.rule, parameters: under.parameters.merging(limit.parameters))
            }
            let own = compiled(merged, of: "resident \(resident.id)", owner: index, &known, &problems)
            return own + (chosen.map { checked[$0] } ?? []).filter { one in !own.contains { $0.rule == one.rule } }
        }
        return (residents, homes.map { $0.map { checked[$0] } ?? [] })
    }

    /// What one limit says about numbers: who has the same shares the variants.
    private struct Numbers: Hashable {
        var rule: Int
        var text: String
    }

    private struct Shared {
        var owner: Int
        var parameters: CheckedParameters
    }

    private func compiled(
        _ limits: [LimitOverride], of whose: String, owner: Int, _ known: inout [Numbers: Shared], _ problems: inout Problems
    ) -> [RuleLayout.Override] {
        var found: [RuleLayout.Override] = []
        for limit in limits {
            let place = limit.parameters.place
            guard let rule = rules.firstIndex(where: { $0.name == limit.rule }) else {
                problems.add("rules.unknown_rule", at: place, "\(whose) has a limit for the rule \"\(limit.rule)\", which does not exist; rules: \(ruleNames.sorted().joined(separator: ", "))")
                continue
            }
            if found.contains(where: { $0.rule == rule }) {
                problems.add("rules.duplicate_limit", at: place, "\(whose) has two limits for the rule \"\(limit.rule)\"")
            }
            let isOn = limit.parameters["enabled"]?.bool("enabled", &problems) ?? true
            let accepted = limit.parameters["accepted"]?.string("accepted", &problems)
            let mayFlap = limit.parameters["flapping"]?.bool("flapping", &problems)
            // For people: whose numbers they are.
            if let node = limit.parameters["set_by"], let text = node.string("set_by", &problems), text.isEmpty {
                problems.add("rules.empty_name", at: node.place, "\"set_by\" names the clinician who set the limit; write the name, or leave it out")
            }
            let numbers = Numbers(rule: rule, text: limit.parameters.without(keys: ["accepted", "enabled", "reason", "set_by"]).written)
            if known[numbers] == nil {
                guard let parameters = rules[rule].overridden(by: limit, &problems) else { continue }
                known[numbers] = Shared(owner: owner, parameters: parameters)
            }
            guard let shared = known[numbers] else { continue }
            found.append(.init(rule: rule, owner: shared.owner, parameters: shared.parameters, isOn: isOn, accepted: accepted, mayFlap: mayFlap))
        }
        return found
    }
}
