import CareModel

/// The sample messages of profiles: run through the real decoder, and counted against what a profile promises.
///
/// A file of samples is one story: its lines run in order through one memory. A line is a JSON object:
/// `topic`, `payload` or `payload_base64`, `retain` (1), `at` (RFC 3339; one minute after the line before when absent),
/// `device` (bound to the profile in question before the file runs; without it the sender is unknown),
/// `expect` (readings in order: `kind`, `value`, `quality` (none when absent), and where given `meaning`, `observed_at`
/// (null = none), `started_at`, `seq`, `episode`, `detail`, `subject`, `device`), `reject` (a reason), `sighting` (why), `downlinks` (`topic`, `payload`).
public struct ProfileSamples: Sendable {
    public struct File: Sendable {
        public var profile: String
        /// For messages, for instance `tuya-ts0215a/samples/good.jsonl`.
        public var name: String
        public var bytes: [UInt8]

        public init(profile: String, name: String, bytes: [UInt8]) { (self.profile, self.name, self.bytes) = (profile, name, bytes) }
    }

    /// The most lines of one file.
    public static let linesMax = 1_000

    let book: ProfileBook
    /// For each profile which values of safety kinds a good sample gave.
    private var seen: [String: Set<String>] = [:]
    public private(set) var lineCount = 0
    /// The profiles whose samples are to be run, sorted.
    public var names: [String] { book.names }

    public init(book: ProfileBook) { self.book = book }

    /// Runs one file; each line that gives something else than it says is a problem at its place.
    public mutating func run(_ file: File, _ problems: inout Problems) { run(file, isChosen: false, &problems) { _, _, _, _ in } }

    /// The same, and hands over what each line gave.
    mutating func run(_ file: File, isChosen: Bool, _ problems: inout Problems, _ tell: (Place, Value, Decoded, [String]) -> Void) {
        var lines: [(line: Int, value: Value)] = []
        for (index, bytes) in file.bytes.split(separator: 0x0A, maxSplits: ProfileSamples.linesMax, omittingEmptySubsequences: false).enumerated() where !bytes.isEmpty {
            let place = Place(file: file.name, line: index + 1, column: 1)
            do throws(DocumentFailure) {
                lines.append((index + 1, try JSONReader.read(Array(bytes), limits: .logLine)))
            } catch { problems.add("profile.bad_sample", at: place, "the line is no JSON object: \(error.text)") }
        }
        let registry = Registry(book: book, household: household(file.profile, lines.map(\.value)), isChosen: isChosen, isTrial: true)
        var decoding = Decoding(), decoded = Decoded()
        var wall = WallTime(microseconds: 1_795_334_400_000_000)
        var last = wall
        for (line, value) in lines {
            let place = Place(file: file.name, line: line, column: 1)
            wall = value["at"]?.text.flatMap { WallTime(rfc3339: $0) } ?? wall + .seconds(60)
            last = max(last + Span(microseconds: 1), wall)
            guard let message = ProfileSamples.message(value, book) else {
                problems.add("profile.bad_sample", at: place, "the line needs \"topic\" and \"payload\" or \"payload_base64\"")
                continue
            }
            decoded.removeAll()
            let at = Instant(microseconds: last.microseconds)
            decoding.decode(message, at: at, clock: HubClock(offset: wall - last, quality: .synchronised), registry: registry, into: &decoded)
            lineCount += 1
            let faults = SampleComparison(expected: value, decoded: decoded).faults
            for fault in faults { problems.add("profile.sample_differs", at: place, fault) }
            tell(place, value, decoded, faults)
            if faults.isEmpty, value["device"] != nil {
                for reading in decoded.readings where reading.kind.isSafety && reading.binding != nil {
                    seen[file.profile, default: []].insert(ProfileSamples.promise(reading.kind, reading.value))
                }
            }
        }
    }

    /// Reports every value of a safety kind that a profile can give and no sample shows. Call it after all files.
    public func finish(_ problems: inout Problems) {
        for profile in book.profiles {
            let shown = seen[profile.name] ?? []
            for output in profile.shapes.flatMap(\.outputs) where output.kind.isSafety {
                for promise in ProfileSamples.promises(output) where !shown.contains(promise) {
                    problems.add("profile.safety_without_sample", at: output.place, "no sample of \"\(profile.name)\" shows \(promise): a safety kind needs one for each of its values")
                }
            }
        }
    }

    private static func promise(_ kind: Kind, _ value: ReadingValue) -> String { kind.name + " = " + SampleComparison.text(value, kind) }

    private static func promises(_ output: OutputSpec) -> [String] {
        var values: [ReadingValue] = []
        if case .constant(let value) = output.source { values.append(value) }
        for entry in output.map { if case .value(let value) = entry.target { values.append(value) } }
        if case .flag = output.kind.entry.shape, values.isEmpty { values = [.flag(true), .flag(false)] }
        return values.map { promise(output.kind, $0) }
    }

    private func household(_ profile: String, _ lines: [Value]) -> Household {
        var names = Set<String>()
        for line in lines { if let device = line["device"]?.text { names.insert(device) } }
        // China's one zone: samples with local times are written for it.
        let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 8 * 3_600)
        let bindings = names.sorted().map { DeviceBinding(device: DeviceID($0), profile: profile, home: 0, residents: []) }
        return Household(homes: [Home(id: HomeID("sample"), zone: zone)], bindings: bindings)
    }

    private static func message(_ line: Value, _ book: ProfileBook) -> Message? {
        guard let topic = line["topic"]?.text else { return nil }
        let payload: [UInt8]
        if let text = line["payload"]?.text {
            payload = Array(text.utf8)
        } else {
            guard let encoded = line["payload_base64"]?.text, let bytes = Base64.decode(Array(encoded.utf8)) else { return nil }
            payload = bytes
        }
        return Message(link: book.link(of: topic), topic: topic, isRetained: line["retain"]?.number == DecimalNumber(1), payload: payload)
    }
}
