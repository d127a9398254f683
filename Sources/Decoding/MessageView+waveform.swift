import CareModel

extension MessageView {
    /// Samples are kept in 10^-4 of their unit: finer than any converter of the catalogue resolves.
    static let sampleDecimals = 4

    /// The samples of a waveform: a list of numbers, or one text of numbers between spaces.
    func samples(_ source: WaveformSource) -> Evaluation {
        guard let node = node(source.samples) else { return .absent }
        var numbers: [DecimalNumber?] = []
        switch tree.sort(node) {
        case .array: numbers = tree.children(of: node).map { number(.node($0)) }
        case .string:
            // FHIR's SampledData: E, U and L stand for an error, above and below what can be measured.
            numbers = tree.string(node).split(separator: " ").map { DecimalNumber(String($0)) }
        default: return .problem(.wrongType, "\"\(source.samples.text)\" holds no samples")
        }
        guard !numbers.isEmpty else { return .absent }
        let factor = amount(source.factor), origin = amount(source.origin)
        var samples: [Int32] = [], quality: Quality = []
        samples.reserveCapacity(numbers.count)
        for number in numbers {
            let scaled = number.flatMap { UnitConversion.none.apply($0, scale: factor, offset: origin, decimals: MessageView.sampleDecimals) }
            guard let scaled, let sample = Int32(exactly: scaled) else {
                // A gap: the sample before it goes on, and the whole is marked.
                quality.insert(.sentinel)
                samples.append(samples.last ?? 0)
                continue
            }
            samples.append(sample)
        }
        var rate: Int64 = 0
        if let hertz = amount(source.rateHz)?.scaled(decimals: 3), hertz > 0 { rate = hertz }
        else if let period = amount(source.periodMs)?.scaled(decimals: 6), period > 0 { rate = DecimalNumber.divideRounding(1_000_000_000_000, by: period) }
        if rate == 0 { quality.insert(.rateUnknown) }
        return .reading(.waveform(samples: samples, factorMillionths: 100, rateMillihertz: rate, signal: source.signal), quality, star: source.unit)
    }

    private func amount(_ amount: WaveformSource.Amount?) -> DecimalNumber? {
        switch amount {
        case nil: nil
        case .fixed(let number): number
        case .path(let path): number(find(path))
        }
    }
}
