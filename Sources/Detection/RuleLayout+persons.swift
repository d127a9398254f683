import CareModel

/// Seats of persons whom a device tells apart, and what each binding brings along beside its rules.
extension RuleLayout {
    /// One seat for each person of a device whose messages name them: what is known of one says nothing about another.
    mutating func seatPersonal(_ book: inout RuleBook) {
        var shapes: [String: Int] = [:]
        for (index, binding) in household.bindings.enumerated() {
            let traits = traitsByProfile[binding.profile]
            book.isSafetyDevice.append(traits?.isSafety ?? false)
            let bridge = (binding.via ?? traits?.parent).flatMap { household.binding(of: $0) }
            book.fixedParents.append(bridge == BindingIndex(index) ? -1 : bridge ?? -1)
            book.clearingStarts.append(book.clearings.count)
            for output in traits?.outputs ?? [] {
                guard let seconds = output.autoClearSeconds, !book.clearings.contains(where: { $0.binding == index && $0.kind == output.kind }) else { continue }
                book.clearings.append(Clearing(binding: index, kind: output.kind, seconds: seconds))
            }
            book.seats[index].hasClearings = book.clearings.count > book.clearingStarts[index]
            guard let traits, traits.namesPerson else { continue }
            for person in household.candidates(of: binding) where alone(binding) != person {
                let shape: Int
                if let known = shapes[binding.profile] { shape = known } else {
                    shape = book.shapes.count
                    book.shapes.append(personalShape(traits))
                    shapes[binding.profile] = shape
                }
                let resident = household.residents[person], home = household.homes[resident.home]
                let subject = Subject(home: home.id, residents: [resident.id], room: binding.room, device: binding.device)
                let place = RulePlace(traits: traits, home: home, residents: residentsByHome[resident.home].count, room: binding.room)
                book.personalSeats[PersonalKey(binding: index, resident: person)] = book.seats.count
                seat(shape, .init(domain: .personal, id: binding.device.text + "|" + resident.id.text), subject, place, alone: person, &book)
            }
        }
        book.clearingStarts.append(book.clearings.count)
    }

    /// The templates of what a device says about a person; its own state stays with the device.
    private func personalShape(_ traits: ProfileTraits) -> Shape {
        var shape = Shape()
        for (index, rule) in rules.enumerated() {
            if rule.form.reach == .kind {
                for kind in rule.kinds where kind.isOfPerson && traits.outputs.contains(where: { $0.kind == kind }) {
                    shape.add(index, rule, kind: kind, calledBy: [kind])
                }
            } else if rule.form.reach == .device, rule.form.ownKinds.contains(where: \.isOfPerson) {
                shape.add(index, rule, kind: nil, calledBy: rule.form.ownKinds)
            }
        }
        return shape
    }
}
