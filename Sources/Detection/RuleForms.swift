import CareModel

/// The registration list: the one place that names every form.
enum RuleForms {
    static let all: [RegisteredForm] = [
        RegisteredForm(Occurrence.self),
        RegisteredForm(Limit.self),
        RegisteredForm(DeviceSilence.self),
        RegisteredForm(ResidentInactivity.self),
        RegisteredForm(RoutineInactivity.self),
        RegisteredForm(News2.self),
        RegisteredForm(CommonSilence.self),
        RegisteredForm(TwoReadings.self),
        RegisteredForm(Change.self),
        RegisteredForm(ExpectedUse.self),
        RegisteredForm(Dwell.self),
        RegisteredForm(Sequence.self),
        RegisteredForm(CountInWindow.self),
        RegisteredForm(SafeArea.self),
        RegisteredForm(Corroboration.self),
        RegisteredForm(DoseCourse.self),
        RegisteredForm(FallMotion.self),
        RegisteredForm(BedExit.self),
        RegisteredForm(Baseline.self),
        RegisteredForm(UnknownPerson.self),
        RegisteredForm(Doubt.self),
        RegisteredForm(ReturnHome.self),
        RegisteredForm(UnreadableMessage.self),
        RegisteredForm(UnreadableBurst.self),
        RegisteredForm(SessionLoss.self),
    ]

    static func named(_ name: String) -> RegisteredForm? { all.first { $0.name == name } }
}

/// A form behind closures, so that a book can hold rules of all forms in one array.
///
/// The generic initialiser is specialised for each form of the list, so a judgement costs one indirect call.
struct RegisteredForm: Sendable {
    let name: String
    let reach: Reach
    let watches: Watches
    let placeholders: [String]
    let ownKinds: [Kind]
    let isRoomed: Bool
    /// Words of memory that an instance takes.
    let memoryWords: Int
    let parameters: @Sendable (ConfigurationNode, RuleFrame, inout Problems) -> CheckedParameters?

    init<F: RuleForm>(_ form: F.Type) {
        name = F.name
        reach = F.reach
        watches = F.watches
        placeholders = F.placeholders
        ownKinds = F.ownKinds
        isRoomed = F.isRoomed
        memoryWords = max(1, (MemoryLayout<F.Memory>.size + 7) / 8)
        parameters = { node, frame, problems in
            F.parameters(node, frame, &problems).map { CheckedParameters(F.self, $0, frame.priority) }
        }
    }
}

/// A rule's numbers, of whichever form.
struct CheckedParameters: Sendable {
    let words: [String]
    let priorityMax: Priority
    let fit: @Sendable (RulePlace) -> Fit<BoundRule>

    init<F: RuleForm>(_ form: F.Type, _ p: F.Parameters, _ base: Priority) {
        words = F.words(p)
        priorityMax = F.priorityMax(p, base)
        fit = { place in
            switch F.fit(p, to: place) {
            case .on(let fitted): .on(BoundRule(F.self, fitted))
            case .off(let reason): .off(reason)
            }
        }
    }
}

/// A form with its numbers in place. Memories are handed in as the address of `memoryWords` words.
///
/// The only unsafe code of the room is here: `Memory` is plain bits (`BitwiseCopyable`), at most as aligned as
/// a word, and lies inside the block whose size the book computed from `memoryWords`.
struct BoundRule: Sendable {
    let judge: @Sendable (Evidence, UnsafeMutableRawPointer) -> Verdict
    let due: @Sendable (Evidence, UnsafeRawPointer) -> Instant?
    let open: @Sendable (UnsafeRawPointer) -> (Ground, Priority)?
    let start: @Sendable (UnsafeMutableRawPointer) -> Void
    let write: @Sendable (UnsafeRawPointer, inout ByteWriter) -> Void
    let read: @Sendable (UnsafeMutableRawPointer, [UInt8]) -> Bool
    let fill: @Sendable (String, Language, UnsafeRawPointer) -> String?
    let worstCaseSeconds: @Sendable (Int) -> Int
    let windowSeconds: Int
    let promise: @Sendable (Int?) -> WorstCase.Promise
    let isAbsence: Bool
    let learnSeconds: Int?

    init<F: RuleForm>(_ form: F.Type, _ p: F.Parameters) {
        judge = { evidence, memory in
            F.judge(evidence, p, &memory.assumingMemoryBound(to: F.Memory.self).pointee)
        }
        due = { evidence, memory in F.due(evidence, p, memory.load(as: F.Memory.self)) }
        open = { F.open(p, $0.load(as: F.Memory.self)) }
        start = { $0.storeBytes(of: F.start(p), as: F.Memory.self) }
        write = { memory, writer in F.write(memory.load(as: F.Memory.self), to: &writer) }
        read = { memory, bytes in
            var reader = ByteReader(bytes)
            guard let found = try? F.read(from: &reader), reader.isAtEnd else { return false }
            memory.storeBytes(of: found, as: F.Memory.self)
            return true
        }
        fill = { name, language, memory in F.fill(name, language, p, memory.load(as: F.Memory.self)) }
        worstCaseSeconds = { F.worstCaseSeconds(p, interval: $0) }
        windowSeconds = F.windowSeconds(p)
        promise = { F.promise(p, interval: $0) }
        isAbsence = F.isAbsence(p)
        learnSeconds = F.learnSeconds(p)
    }
}
