import CareModel

extension MessageView {
    /// What one output finds.
    enum Evaluation {
        case absent
        /// Read, and the profile says that it means nothing.
        case ignored
        case reading(ReadingValue, Quality)
        case problem(RejectionReason, String)
    }

    func evaluate(_ output: CompiledOutput) -> Evaluation {
        if !output.when.isEmpty, !holds(output.when) { return .absent }
        if let constant = output.constant { return .reading(constant, []) }
        for path in output.paths {
            let found = find(path)
            if isPresent(found) { return evaluate(output, found, path) }
        }
        return .absent
    }

    private func evaluate(_ output: CompiledOutput, _ found: Found, _ path: FieldPath) -> Evaluation {
        if !output.sentinels.isEmpty, output.sentinels.contains(where: { matches(found, $0) }) {
            // The device's own word stays visible where it isn't a number.
            guard case .number = output.shape, let number = number(found), let scaled = convert(number, output, found).scaled else {
                return .reading(.code(plainText(found) ?? ""), .sentinel)
            }
            return .reading(.number(scaled: scaled), .sentinel)
        }
        if !output.map.isEmpty {
            for entry in output.map where matches(found, entry.literal) { return target(entry.target) }
        }
        if output.decimals == 0, case .flag = output.shape {
            if output.map.isEmpty, case .node(let node) = found {
                if tree.sort(node) == .yes { return .reading(.flag(true), []) }
                if tree.sort(node) == .no { return .reading(.flag(false), []) }
            }
            return unmapped(output, found, path, "true or false")
        }
        guard case .number = output.shape else { return unmapped(output, found, path, "a known word") }
        if output.isPlain, case .node(let node) = found, tree.sort(node) == .number, let scaled = tree.number(node).scaled(decimals: output.decimals) {
            return .reading(.number(scaled: scaled), plausibility(scaled, output))
        }
        guard let number = number(found) else {
            if let otherwise = output.otherwise { return target(otherwise) }
            return .problem(.wrongType, "\"\(path.text)\" is not a number")
        }
        let (scaled, quality) = convert(number, output, found)
        guard let scaled else {
            // Beyond 64 bits: kept as the largest number that stays readable.
            return .reading(.number(scaled: number.significand < 0 ? -999_999_999_999_999_999 : 999_999_999_999_999_999), quality.union(.implausible))
        }
        return .reading(.number(scaled: scaled), quality.union(plausibility(scaled, output)))
    }

    private func target(_ target: OutputSpec.Target) -> Evaluation {
        switch target {
        case .ignore: .ignored
        case .value(let value): .reading(value, [])
        }
    }

    private func unmapped(_ output: CompiledOutput, _ found: Found, _ path: FieldPath, _ expected: String) -> Evaluation {
        if let otherwise = output.otherwise { return target(otherwise) }
        if output.map.isEmpty { return .problem(.wrongType, "\"\(path.text)\" is not \(expected)") }
        if case .node(let node) = found, tree.sort(node) == .array || tree.sort(node) == .object {
            return .problem(.wrongType, "\"\(path.text)\" is not a plain value")
        }
        return .problem(.unknownValue, "\"\(path.text)\" has a value that the profile doesn't know")
    }

    private func convert(_ number: DecimalNumber, _ output: CompiledOutput, _ found: Found) -> (scaled: Int64?, quality: Quality) {
        switch output.unit {
        case .fixed(let conversion):
            return (conversion.apply(number, scale: output.scale, offset: output.offset, decimals: output.decimals), [])
        case .field(let path, let table):
            let unit = find(path)
            for (literal, conversion) in table where matches(unit, literal) {
                return (conversion.apply(number, scale: output.scale, offset: output.offset, decimals: output.decimals), [])
            }
            return (UnitConversion.none.apply(number, scale: output.scale, offset: output.offset, decimals: output.decimals), .unitDoubtful)
        }
    }

    /// Outside what is possible a value is kept and marked; when another usual unit would make it possible, that is marked too.
    private func plausibility(_ scaled: Int64, _ output: CompiledOutput) -> Quality {
        guard let possible = output.possible, !possible.contains(scaled) else { return [] }
        let number = DecimalNumber(scaled, exponent: -output.decimals)
        if let other = output.suspectUnit?.apply(number, scale: nil, offset: nil, decimals: output.decimals), possible.contains(other) {
            return [.implausible, .unitDoubtful]
        }
        return .implausible
    }
}
