import CareModel

/// What became of one sample line: for people who write a profile, and for writing expectations anew.
public struct SampleRun: Sendable {
    /// One reading in words, and where in the profile the output stands that gave it.
    public struct Given: Hashable, Sendable {
        public var text: String
        /// Nil when no output of the kind can be found for the topic.
        public var place: Place?
    }

    /// File and line of the sample.
    public var place: Place
    public var topic: String
    /// In words, in the order of the sample.
    public var expected: [String]
    public var given: [Given]
    /// One sentence for each difference; empty when the sample agrees.
    public var faults: [String]
    /// Whether the sample names its device, which then is bound while it runs.
    public var isBound: Bool
    /// The line as an object, its expectations replaced by what came.
    public var accepted: Value
    /// The kinds that came.
    public var kinds: [Kind]
    /// The device that the first reading is of.
    public var device: DeviceID?
    public var rejection: RejectionReason?
}

extension ProfileSamples {
    /// Runs one file like `run`, and tells of every line what was expected and what came.
    ///
    /// - Parameter isChosen: messages of devices that nobody has bound are read by the profile too, to learn what they name.
    public mutating func runs(_ file: File, isChosen: Bool = false, _ problems: inout Problems) -> [SampleRun] {
        var runs: [SampleRun] = []
        let profile = book.index(of: file.profile).map { book.profiles[$0] }
        run(file, isChosen: isChosen, &problems) { place, sample, decoded, faults in
            let topic = sample["topic"]?.text ?? ""
            let given = decoded.readings.map { SampleRun.Given(text: SampleRun.words($0), place: profile?.place(of: $0, on: topic)) }
                + decoded.rejections.map { SampleRun.Given(text: "rejected as \($0.reason.name): \($0.text)", place: nil) }
                + decoded.sightings.map { SampleRun.Given(text: "sighting \($0.why.name)", place: nil) }
                + decoded.downlinks.map { SampleRun.Given(text: "told to the device on \($0.topic)", place: nil) }
            runs.append(SampleRun(
                place: place, topic: topic, expected: SampleRun.words(sample), given: given, faults: faults, isBound: sample["device"] != nil,
                accepted: SampleRun.accepting(sample, decoded), kinds: decoded.readings.map(\.kind), device: decoded.readings.first?.device,
                rejection: decoded.rejections.first?.reason))
        }
        return runs
    }
}

extension Profile {
    /// The first output of the reading's kind in a message on that topic, that of the same fixed or mapped value before others.
    fileprivate func place(of reading: Reading, on topic: String) -> Place? {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        let outputs = shapes.filter { $0.pattern.match(levels) != nil }.flatMap(\.outputs).filter { $0.kind == reading.kind }
        let exact = outputs.first { output in
            if case .constant(let value) = output.source { return value == reading.value }
            return output.map.contains { $0.target == .value(reading.value) }
        }
        return (exact ?? outputs.first)?.place
    }
}

extension SampleRun {
    static func words(_ r: Reading) -> String {
        let entry = r.kind.entry
        var text = entry.name + " = " + SampleComparison.text(r.value, r.kind)
        if case .number = entry.shape, let unit = entry.unit { text += " " + unit }
        text += ", " + r.meaning.name
        if !r.quality.names.isEmpty { text += ", quality " + r.quality.names.joined(separator: " ") }
        if let detail = r.detail { text += ", detail " + detail }
        if let observedAt = r.observedAt { text += ", observed " + observedAt.description }
        return text
    }

    static func words(_ sample: Value) -> [String] {
        var words: [String] = []
        for want in sample["expect"]?.items ?? [] {
            let name = want["kind"]?.text ?? "?"
            var text = name + " = " + (Kind(name: name).map { SampleComparison.text(want["value"], $0) } ?? "?")
            if let unit = Kind(name: name)?.entry.unit { text += " " + unit }
            if let meaning = want["meaning"]?.text { text += ", " + meaning }
            let qualities = (want["quality"]?.items ?? []).compactMap(\.text)
            if !qualities.isEmpty { text += ", quality " + qualities.joined(separator: " ") }
            words.append(text)
        }
        if let reason = sample["reject"]?.text { words.append("rejected as " + reason) }
        if let why = sample["sighting"]?.text { words.append("sighting " + why) }
        for downlink in sample["downlinks"]?.items ?? [] { words.append("told to the device on " + (downlink["topic"]?.text ?? "?")) }
        return words
    }

    /// The sample with what came in the place of what it expected.
    static func accepting(_ sample: Value, _ decoded: Decoded) -> Value {
        var members = (sample.members ?? []).filter { !["expect", "reject", "sighting", "downlinks"].contains($0.key) }
        members.append(.init(key: "expect", value: .array(decoded.readings.map(expectation))))
        if let rejection = decoded.rejections.first { members.append(.init(key: "reject", value: .string(rejection.reason.name))) }
        if let sighting = decoded.sightings.first { members.append(.init(key: "sighting", value: .string(sighting.why.name))) }
        if !decoded.downlinks.isEmpty {
            members.append(.init(key: "downlinks", value: .array(decoded.downlinks.map {
                .object([.init(key: "topic", value: .string($0.topic)), .init(key: "payload", value: .string(String(decoding: $0.payload, as: UTF8.self)))])
            })))
        }
        return .object(members)
    }

    /// Without zeros behind the point, and without an exponent.
    private static func plain(_ number: DecimalNumber) -> DecimalNumber {
        let short = number.normalised
        return short.exponent > 0 ? DecimalNumber(short.wholeNumber ?? 0) : short
    }

    private static func expectation(_ r: Reading) -> Value {
        var members: [Value.Member] = [.init(key: "kind", value: .string(r.kind.name))]
        let value: Value = switch r.value {
        case .flag(let on): .bool(on)
        case .number(let scaled): .number(plain(DecimalNumber(scaled, exponent: -r.kind.entry.decimals)))
        case .code, .waveform: .string(SampleComparison.text(r.value, r.kind))
        }
        members.append(.init(key: "value", value: value))
        if r.meaning != .level { members.append(.init(key: "meaning", value: .string(r.meaning.name))) }
        if !r.quality.names.isEmpty { members.append(.init(key: "quality", value: .array(r.quality.names.map { .string($0) }))) }
        if let observedAt = r.observedAt { members.append(.init(key: "observed_at", value: .string(observedAt.description))) }
        if let sequence = r.sequence { members.append(.init(key: "seq", value: .number(DecimalNumber(Int64(bitPattern: sequence))))) }
        if let detail = r.detail { members.append(.init(key: "detail", value: .string(detail))) }
        if let episode = r.episode { members.append(.init(key: "episode", value: .string(episode))) }
        if let subject = r.subject { members.append(.init(key: "subject", value: .string(subject))) }
        members.append(.init(key: "device", value: .string(r.device.text)))
        return .object(members)
    }
}
