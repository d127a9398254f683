import CareModel

extension Decoding {
    /// Whom a message is about, where it says so itself.
    struct Attribution {
        /// What the message calls a person whom the hub does not know; of a known one nothing is kept.
        var subject: String?
        /// Index into the household's residents.
        var person: Int32?
        /// Somebody is meant, and nobody knows who: it counts for no resident.
        var isUnknown = false
    }

    /// Matches the person whom the message names with the residents whom the device may be about.
    func attribution(_ section: CompiledSection, _ binding: BindingIndex?, _ turn: Turn) -> Attribution {
        guard section.subject != nil || binding.map({ turn.registry.isShared($0) }) == true else { return Attribution() }
        var subject = section.subject.flatMap { view.fill($0) }.map { String($0.utf8.trimmed) ?? $0 }
        if subject?.isEmpty == true { subject = nil }
        guard let binding, turn.registry.isAttributing else { return Attribution(subject: subject) }
        if let subject {
            if let person = turn.registry.person(named: subject, on: binding) { return Attribution(person: person) }
            return Attribution(subject: subject, isUnknown: true)
        }
        // Who wears a device of one's own need not be named; of a device that several use somebody must be.
        return Attribution(isUnknown: turn.registry.household.bindings[Int(binding)].residents.count != 1)
    }

    /// The registered bridge through which the message came: as homes.yaml says, else as the profile does.
    func parent(_ section: CompiledSection, _ binding: BindingIndex?, _ turn: Turn) -> BindingIndex? {
        guard let binding else { return nil }
        if let via = turn.registry.via(binding) { return via }
        guard let parent = section.parent else { return nil }
        guard let name = section.parentName ?? view.fill(parent.template).flatMap({ IdentityTemplate.normalise($0, parent.scheme) }) else { return nil }
        guard let found = turn.registry.binding(of: name), found != binding else { return nil }
        return found
    }
}

extension String.UTF8View {
    /// Without spaces and tabs around it.
    var trimmed: Substring.UTF8View {
        func isBlank(_ b: UInt8) -> Bool { b == 0x20 || b == 0x09 }
        return self[...].drop(while: isBlank).reversedDrop(while: isBlank)
    }
}

extension Substring.UTF8View {
    fileprivate func reversedDrop(while isBlank: (UInt8) -> Bool) -> Substring.UTF8View {
        var end = endIndex
        while end > startIndex, isBlank(self[index(before: end)]) { end = index(before: end) }
        return self[startIndex..<end]
    }
}
