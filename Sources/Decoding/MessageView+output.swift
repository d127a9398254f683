import CareModel

extension MessageView {
    /// What one output finds.
    enum Evaluation {
        case absent
        /// Read, and the profile says that it means nothing.
        case ignored
        /// With what a star of the map stood for.
        case reading(ReadingValue, Quality, star: String?)
        case problem(RejectionReason, String)
    }

    func evaluate(_ output: CompiledOutput) -> Evaluation {
        if !output.when.isEmpty, !holds(output.when) { return .absent }
        if let constant = output.constant { return .reading(constant, [], star: nil) }
        if let waveform = output.waveform { return samples(waveform) }
        if let key = output.soleKey {
            guard !tree.nodes.isEmpty else { return .absent }
            let node = tree.member(key, of: item)
            return node >= 0 && isPresent(.node(node)) ? evaluate(output, .node(node), at: 0) : .absent
        }
        for place in output.paths.indices {
            let found = find(output.paths[place])
            if isPresent(found) { return evaluate(output, found, at: place) }
        }
        return .absent
    }

    /// - Parameter place: of the path that led to it, among the output's.
    private func evaluate(_ output: CompiledOutput, _ raw: Found, at place: Int) -> Evaluation {
        var found = raw
        if !output.isPlain, output.bits != nil || output.radix != 10 || output.isCount {
            guard let number = extracted(raw, output) else { return .problem(.wrongType, "\"\(output.paths[place].text)\" is not a whole number") }
            found = .number(number)
        }
        if !output.sentinels.isEmpty, output.sentinels.contains(where: { matches(found, $0) }) {
            // The device's own word stays visible where it isn't a number.
            guard case .number = output.shape, let number = number(found), let scaled = convert(number, output).scaled else {
                return .reading(.code(plainText(found) ?? ""), .sentinel, star: nil)
            }
            return .reading(.number(scaled: scaled), .sentinel, star: nil)
        }
        for entry in output.map {
            if let pattern = entry.pattern {
                if let text = plainText(found), let star = pattern.match(text) { return target(entry.target, star: star) }
            } else if matches(found, entry.literal) { return target(entry.target) }
        }
        if output.decimals == 0, case .flag = output.shape {
            if output.map.isEmpty {
                if case .node(let node) = found {
                    if tree.sort(node) == .yes { return .reading(.flag(true), [], star: nil) }
                    if tree.sort(node) == .no { return .reading(.flag(false), [], star: nil) }
                }
                if output.bits != nil, case .number(let number) = found { return .reading(.flag(number.significand != 0), [], star: nil) }
            }
            return unmapped(output, found, at: place, "true or false")
        }
        guard case .number = output.shape else { return unmapped(output, found, at: place, "a known word") }
        if output.isPlain, case .node(let node) = found, tree.sort(node) == .number, let scaled = tree.number(node).scaled(decimals: output.decimals) {
            return judged(scaled, [], output)
        }
        guard let number = number(found) else {
            if let otherwise = output.otherwise { return target(otherwise) }
            return .problem(.wrongType, "\"\(output.paths[place].text)\" is not a number")
        }
        let (scaled, quality) = convert(number, output)
        guard let scaled else {
            // Beyond 64 bits: kept as the largest number that stays readable.
            return .reading(.number(scaled: number.significand < 0 ? -999_999_999_999_999_999 : 999_999_999_999_999_999), quality.union(.implausible), star: nil)
        }
        return judged(scaled, quality, output)
    }

    /// The bits, or the number of parts, of a value.
    private func extracted(_ found: Found, _ output: CompiledOutput) -> DecimalNumber? {
        if output.isCount {
            guard case .node(let node) = found else { return nil }
            let count = tree.sort(node) == .string ? Int(tree.nodes[node].count) : tree.children(of: node).count
            return DecimalNumber(Int64(count))
        }
        guard let whole = whole(found, radix: output.radix) else { return nil }
        return DecimalNumber(output.bits?.of(whole) ?? whole)
    }

    private func target(_ target: OutputSpec.Target, star: String? = nil) -> Evaluation {
        switch target {
        case .ignore: .ignored
        case .value(let value): .reading(value, [], star: star)
        }
    }

    private func unmapped(_ output: CompiledOutput, _ found: Found, at place: Int, _ expected: String) -> Evaluation {
        if let otherwise = output.otherwise { return target(otherwise) }
        if output.map.isEmpty { return .problem(.wrongType, "\"\(output.paths[place].text)\" is not \(expected)") }
        if case .node(let node) = found, tree.sort(node) == .array || tree.sort(node) == .object {
            return .problem(.wrongType, "\"\(output.paths[place].text)\" is not a plain value")
        }
        return .problem(.unknownValue, "\"\(output.paths[place].text)\" has a value that the profile doesn't know")
    }

    private func convert(_ given: DecimalNumber, _ output: CompiledOutput) -> (scaled: Int64?, quality: Quality) {
        var number = given
        if output.isDegreesMinutes { number = MessageView.degrees(number) }
        if !output.negativeWhen.isEmpty, holds(output.negativeWhen) { number.significand = -number.significand }
        switch output.unit {
        case .fixed(let conversion):
            return (conversion.apply(number, scale: output.scale, offset: output.offset, decimals: output.decimals), [])
        case .field(let path, let table, let fallback):
            let unit = find(path)
            if let fallback, !isPresent(unit) { return (fallback.apply(number, scale: output.scale, offset: output.offset, decimals: output.decimals), []) }
            for (literal, conversion) in table where matches(unit, literal) {
                return (conversion.apply(number, scale: output.scale, offset: output.offset, decimals: output.decimals), [])
            }
            return (UnitConversion.none.apply(number, scale: output.scale, offset: output.offset, decimals: output.decimals), .unitDoubtful)
        }
    }

    /// Degrees out of degrees × 100 + minutes, to 10^-9 degrees.
    static func degrees(_ number: DecimalNumber) -> DecimalNumber {
        guard let scaled = number.scaled(decimals: 9) else { return number }
        let unit: Int64 = 100_000_000_000
        return DecimalNumber(scaled / unit * 1_000_000_000 + DecimalNumber.divideRounding(scaled % unit, by: 60), exponent: -9)
    }

    /// Outside what is possible a value is kept and marked; when another usual unit would make it possible, that is marked
    /// too, and where the profile says so the value is converted.
    private func judged(_ scaled: Int64, _ quality: Quality, _ output: CompiledOutput) -> Evaluation {
        guard let possible = output.possible, !possible.contains(scaled) else { return .reading(.number(scaled: scaled), quality, star: nil) }
        let number = DecimalNumber(scaled, exponent: -output.decimals)
        if let other = output.suspectUnit?.apply(number, scale: nil, offset: nil, decimals: output.decimals), possible.contains(other) {
            if output.infersUnit { return .reading(.number(scaled: other), quality.union(.unitDoubtful), star: nil) }
            return .reading(.number(scaled: scaled), quality.union([.implausible, .unitDoubtful]), star: nil)
        }
        return .reading(.number(scaled: scaled), quality.union(.implausible), star: nil)
    }

    /// The word that goes with a reading.
    func detail(_ detail: OutputSpec.Detail?, star: String?) -> String? {
        switch detail {
        case nil: return star
        case .template(let template): return fill(template, star: star)
        case .map(let path, let table):
            let found = find(path)
            return table.first { matches(found, $0.literal) }?.word
        }
    }
}
