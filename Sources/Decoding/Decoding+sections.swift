import CareModel

extension Decoding {
    /// Which items of a message are meant: those of devices bound to the profile, or those of all others.
    enum Owners { case bound, others }

    /// Reads the sections of the message, each item under the device that it names.
    ///
    /// - Parameter route: where the topic names a bound device; nil where only others are meant.
    /// - Returns: how many items belong to bound devices, and how many to others.
    @discardableResult
    mutating func readSections(_ fit: Route.Fit, of owners: Owners, _ route: Route?, _ turn: Turn, into decoded: inout Decoded) -> (bound: Int, others: Int) {
        var counts = (bound: 0, others: 0), hasSpoken = false
        let firstReading = decoded.readings.count, firstRejection = decoded.rejections.count
        if let disuse = fit.compiled.disuse {
            let named = route?.binding ?? fit.compiled.sections.first.flatMap { identities(of: $0).lazy.compactMap { turn.registry.binding(of: $0) }.first }
            let device = named.map { turn.registry.household.bindings[Int($0)].device }
            if case .unreadable(let why) = disuse, owners == .others || named != nil {
                reject(.unsupportedFormat, fit.compiled, device: device, binding: named, turn, why, into: &decoded)
            }
            return named == nil ? (0, 1) : (1, 0)
        }
        var last: (device: DeviceID, binding: BindingIndex?)?
        charged.removeAll(keepingCapacity: true)
        for section in fit.compiled.sections {
            if section.each == nil, section.steps.isEmpty, section.when.isEmpty, owners == .bound, section.isNamedByTopic, let route, let device = route.device {
                // The usual case: one message of one bound device.
                counts.bound += 1
                last = (device, route.binding)
                if read(fit.compiled, section, device: device, binding: route.binding, slot: route.slot, ordinal: section.index, turn, into: &decoded) { hasSpoken = true }
                continue
            }
            let mark = view.tree.mark, stepCount = fit.compiled.steps.count
            for (ordinal, scopes) in view.scopes(of: section.each).enumerated() {
                (view.outer, view.item) = (scopes.dropLast(), scopes.last ?? 0)
                guard section.when.isEmpty || view.holds(section.when) else { continue }
                for (index, step) in section.steps.enumerated() { view.take(step, as: stepCount + index) }
                defer {
                    if !section.steps.isEmpty { view.tree.cut(to: mark) }
                    // A fault that many items share is told once.
                    if decoded.rejections.count > firstRejection + 1, let last = decoded.rejections.last, decoded.rejections[firstRejection...].dropLast().contains(last) {
                        decoded.rejections.removeLast()
                    }
                }
                let place = ordinal << 8 | section.index
                if owners == .bound, section.isNamedByTopic, let route, let device = route.device {
                    counts.bound += 1
                    last = (device, route.binding)
                    if read(fit.compiled, section, device: device, binding: route.binding, slot: route.slot, ordinal: place, turn, into: &decoded) { hasSpoken = true }
                    continue
                }
                let found = identities(of: section)
                guard let first = found.first else {
                    counts.others += 1
                    if owners == .others, says(section) { reject(.identityMissing, fit.compiled, device: nil, binding: nil, turn, "the message doesn't say which device it is about", into: &decoded) }
                    continue
                }
                if let identity = found.first(where: { turn.registry.binding(of: $0) != nil }), let binding = turn.registry.binding(of: identity),
                   turn.registry.profile(of: binding) == fit.compiled.profile {
                    counts.bound += 1
                    guard owners == .bound else { continue }
                    let device = turn.registry.household.bindings[Int(binding)].device
                    last = (device, binding)
                    if read(fit.compiled, section, device: device, binding: binding, slot: slot(of: identity, isBound: true, at: turn.at), ordinal: place, turn, into: &decoded) { hasSpoken = true }
                } else if owners == .bound {
                    counts.others += 1
                } else if let (binding, profile) = otherProfile(found, turn.registry) {
                    reject(
                        .unsupportedFormat, fit.compiled, device: turn.registry.household.bindings[Int(binding)].device, binding: binding, turn,
                        "the device is bound to another profile, which doesn't know this message", isSafety: turn.registry.book.profiles[profile].isSafety, into: &decoded)
                } else {
                    counts.others += 1
                    let device = DeviceID(first)
                    last = (device, nil)
                    if read(fit.compiled, section, device: device, binding: nil, slot: slot(of: first, isBound: false, at: turn.at), ordinal: place, turn, into: &decoded) { hasSpoken = true }
                }
            }
            view.item = 0
            view.outer.removeAll(keepingCapacity: true)
        }
        let isNothing = decoded.readings.count == firstReading && decoded.rejections.count == firstRejection && !hasSpoken
        if isNothing, owners == .others || counts.bound > 0 || route?.device != nil {
            reject(.missingField, fit.compiled, device: last?.device ?? route?.device, binding: last?.binding ?? route?.binding, turn, "nothing that the profile reads is in the message", into: &decoded)
        }
        return counts
    }

    /// Whether the current item has anything that the section reads.
    private func says(_ section: CompiledSection) -> Bool {
        section.each == nil || section.outputs.contains { if case .absent = view.evaluate($0) { false } else { true } }
    }

    /// The binding of one of these names to some profile that exists.
    private func otherProfile(_ identities: [String], _ registry: Registry) -> (binding: BindingIndex, profile: Int)? {
        for identity in identities {
            if let binding = registry.binding(of: identity), registry.profile(of: binding) >= 0 { return (binding, registry.profile(of: binding)) }
        }
        return nil
    }

    func reject(_ reason: RejectionReason, _ compiled: CompiledShape, device: DeviceID?, binding: BindingIndex?, _ turn: Turn, _ text: String, isSafety: Bool? = nil, into decoded: inout Decoded) {
        decoded.rejections.append(Rejection(
            reason: reason, topic: turn.message.topic, device: device, binding: binding, profile: compiled.profileName,
            isSafety: isSafety ?? compiled.isSafety, text: text))
    }
}
