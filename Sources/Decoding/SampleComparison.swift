import CareModel

/// What a sample says against what the decoder gave.
struct SampleComparison {
    let expected: Value
    let decoded: Decoded

    /// One sentence for each difference.
    var faults: [String] {
        var faults: [String] = []
        let wanted = expected["expect"]?.items ?? []
        if wanted.count != decoded.readings.count {
            faults.append("\(wanted.count) readings expected, \(decoded.readings.count) given: \(decoded.readings.map { "\($0.kind.name) = \(SampleComparison.text($0.value, $0.kind)) \($0.quality.names)" }.joined(separator: ", "))")
        }
        if wanted.count == decoded.readings.count {
            for (want, reading) in zip(wanted, decoded.readings) { compare(want, reading, &faults) }
        } else {
            // Where some are missing or new, each is held against the next of its kind: by place all behind them would differ.
            var rest = decoded.readings
            for want in wanted {
                if let i = rest.firstIndex(where: { $0.kind.name == want["kind"]?.text }) { compare(want, rest.remove(at: i), &faults) }
            }
        }
        let reason = expected["reject"]?.text ?? "none", given = decoded.rejections.map(\.reason.name)
        if given != (reason == "none" ? [] : [reason]) { faults.append("rejection \(reason) expected, \(given) given") }
        let why = expected["sighting"]?.text ?? "none", sightings = decoded.sightings.map(\.why.name)
        if sightings != (why == "none" ? [] : [why]) { faults.append("sighting \(why) expected, \(sightings) given") }
        let downlinks = expected["downlinks"]?.items ?? []
        let told = decoded.downlinks.map { ($0.topic, String(decoding: $0.payload, as: UTF8.self)) }
        if downlinks.count != told.count || !zip(downlinks, told).allSatisfy({ $0["topic"]?.text == $1.0 && ($0["payload"] == nil || $0["payload"]?.text == $1.1) }) {
            faults.append("\(downlinks.count) downlinks expected, \(told) given")
        }
        return faults
    }

    private func compare(_ want: Value, _ reading: Reading, _ faults: inout [String]) {
        let name = reading.kind.name
        func check(_ what: String, _ wanted: String, _ given: String) {
            if wanted != given { faults.append("\(name): \(what) \(wanted) expected, \(given) given") }
        }
        check("kind", want["kind"]?.text ?? "", name)
        check("value", SampleComparison.text(want["value"], reading.kind), SampleComparison.text(reading.value, reading.kind))
        check("quality", (want["quality"]?.items ?? []).compactMap(\.text).joined(separator: " "), reading.quality.names.joined(separator: " "))
        if let meaning = want["meaning"]?.text { check("meaning", meaning, reading.meaning.name) }
        if let observedAt = want["observed_at"] { check("observed_at", observedAt.text ?? "none", reading.observedAt?.description ?? "none") }
        if let sequence = want["seq"]?.number { check("seq", String(sequence.wholeNumber ?? -1), reading.sequence.map { String($0) } ?? "none") }
        if let episode = want["episode"]?.text { check("episode", episode, reading.episode ?? "none") }
        if let detail = want["detail"] { check("detail", detail.text ?? "none", reading.detail ?? "none") }
        if let subject = want["subject"] { check("subject", subject.text ?? "none", reading.subject ?? "none") }
        if let startedAt = want["started_at"] { check("started_at", startedAt.text ?? "none", reading.startedAt?.description ?? "none") }
        if let device = want["device"]?.text ?? expected["device"]?.text { check("device", device, reading.device.text) }
        check("retained", String(expected["retain"]?.number == DecimalNumber(1)), String(reading.isRetained))
    }

    static func text(_ value: Value?, _ kind: Kind) -> String {
        switch value {
        case .bool(let flag): String(flag)
        case .string(let text): text
        case .number(let number): number.scaled(decimals: kind.entry.decimals).map { decimalText(scaled: $0, decimals: kind.entry.decimals) } ?? "too large"
        default: "none"
        }
    }

    static func text(_ value: ReadingValue, _ kind: Kind) -> String {
        switch value {
        case .number(let scaled): decimalText(scaled: scaled, decimals: kind.entry.decimals)
        case .flag(let flag): String(flag)
        case .code(let text): text
        case .waveform(let samples, _, _, _): "\(samples.count) samples"
        }
    }
}
