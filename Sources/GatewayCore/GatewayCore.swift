import CareModel
import Decoding
import Detection
import Escalation
import Formats

/// The pure stages in their order: `Message` → `Reading` → `Finding` → `Incident` → `Delivery`.
///
/// The same records under the same configuration give the same effects, on every machine. Time passes only
/// by records: before a record is looked at, everything that was due by its `at` happens at its own due time.
public struct GatewayCore: Sendable {
    /// Position and time of the newest record.
    public internal(set) var position: UInt64 = 0
    public internal(set) var at = Instant(microseconds: 0)
    public internal(set) var clock = HubClock()
    public private(set) var counters = Counters()

    var origin = "hub-0"
    var build = ""
    var decoding = Decoding()
    var detection = Detection()
    var escalation = Escalation()
    var adoptions: [Adoption] = []
    /// When the hub's own test message came back last, since the process started; and when its absence is told.
    public internal(set) var canaryAt: Instant?
    var canaryDue: Instant?
    /// By binding.
    private var heardAt: [Instant] = []
    var effective: EffectiveConfiguration

    /// Findings that `catchUp` saw, for `reconcile` to hold against what was decided.
    private var unreconciled: [(finding: Finding, position: UInt64)] = []
    /// Buffers that are used again from record to record.
    private var decoded = Decoded()
    var findings: [Finding] = []
    private var decisions: [Decision] = []

    /// Version of the section `core`.
    static let stateVersion: UInt16 = 1

    /// Whether incidents are opened by a replay: they are marked so.
    private let isReplay: Bool

    /// A core that has seen nothing.
    public init(under configuration: Configuration, isReplay: Bool = false) {
        effective = EffectiveConfiguration(configuration, adoptions: [])
        self.isReplay = isReplay
    }

    /// Notes what every rule says, for an explanation; nil = off. It changes nothing that is decided.
    public var recorder: VerdictRecorder? { detection.recorder }
    public mutating func startRecorder() { detection.recorder = VerdictRecorder() }

    // MARK: - Steps

    /// Takes one record and says what must be done about it.
    ///
    /// - Parameters:
    ///   - record: its position is the newest + 1, its `at` later than every `at` before.
    ///   - configuration: the one whose digest the newest `configured` record names.
    ///   - effects: appended to, in the order in which they must be stored.
    public mutating func step(_ record: JournalRecord, under configuration: Configuration, into effects: inout [Effect]) {
        take(record, under: configuration, deciding: true, into: &effects)
    }

    /// Takes one record that was decided already: decodes and detects, so that the stages learn; decides nothing.
    public mutating func catchUp(_ record: JournalRecord, under configuration: Configuration) {
        var none: [Effect] = []
        take(record, under: configuration, deciding: false, into: &none)
    }

    /// Raises what Detection found while it caught up and Escalation never heard of: late. With the same build there is nothing.
    public mutating func reconcile(into effects: inout [Effect]) {
        let seen = unreconciled
        unreconciled = []
        for (finding, position) in seen where !escalation.knows(finding, position: position) {
            var late = finding
            late.isLate = true
            escalate(late, position: position, at: at, into: &effects)
        }
    }

    /// Drops what `reconcile` no longer needs, because no checkpoint before `position` is kept.
    public mutating func forget(before position: UInt64, into effects: inout [Effect]) {
        escalation.forget(before: position, into: &decisions)
        render(into: &effects)
    }

    /// The earliest moment at which time alone changes something.
    public var nextDeadline: Instant? {
        var next = detection.nextDeadline
        for due in [escalation.nextDeadline, canaryDue] { if let due { next = min(next ?? due, due) } }
        return next
    }

    /// The household of the configuration with the adoptions laid over it.
    public var household: Household { effective.household }
    public var adopted: Set<DeviceID> { Set(adoptions.map(\.device)) }

    /// When each bound device was last heard since the process started; for pages and metrics only.
    public var lastSeen: [DeviceID: Instant] {
        var map: [DeviceID: Instant] = [:]
        for (index, at) in heardAt.enumerated() where at.microseconds > 0 && index < effective.household.bindings.count {
            map[effective.household.bindings[index].device] = at
        }
        return map
    }

    // MARK: - Inside a step

    private mutating func take(_ record: JournalRecord, under configuration: Configuration, deciding: Bool, into effects: inout [Effect]) {
        // A start ends the time in which the hub was blind: silence must know that before its deadlines fire.
        if case .started(let start) = record.body {
            if deciding { note(start, into: &effects) }
            canaryDue = nil
            begin(start, at: record.at)
            detection.observe(start, at: record.at, clock: clock, under: effective.rules, into: &findings)
        }
        var wasDown = false
        if case .started = record.body { wasDown = true }
        fireDue(by: record.at, position: record.position, wasDown: wasDown, deciding: deciding, into: &effects)
        position = record.position
        at = record.at

        switch record.body {
        case .message(let message):
            counters.messages[Int(message.link.rawValue)] &+= 1
            // The hub was awake, even if the message says nothing about a device.
            detection.note(at: at)
            read(message, deciding: deciding, into: &effects)
        case .command(let command):
            detection.note(at: at)
            obey(command, under: configuration, deciding: deciding, into: &effects)
        case .delivery(let report):
            count(report)
            detection.note(at: at)
            if deciding { escalation.report(report, at: at, context: context, into: &decisions) }
        case .link(let change):
            if deciding { note(change, into: &effects) }
            // Without a session there is nothing to come back: the lost link is told by itself.
            if change.link == .safety, change.change == .lost { canaryDue = nil }
            detection.observe(change, at: at, clock: clock, under: effective.rules, into: &findings)
        case .clock(let step):
            if deciding, step.quality != clock.quality {
                let wall = at.wall(offset: step.offsetAfter)
                effects.append(.audit(Outage(at: wall, cause: .clock, hasBegun: step.quality != .synchronised).entry))
            }
            clock = HubClock(offset: step.offsetAfter, quality: step.quality)
            detection.note(at: at)
            if deciding { escalation.review(at: at, context, into: &decisions) }
        case .configured where configuration.digest == effective.digest:
            // Each start says what it works under; mostly it is what the core has already.
            detection.reconfigure(to: effective.rules, at: at, clock: clock, into: &findings)
            if deciding { escalation.review(at: at, context, into: &decisions) }
        case .configured:
            adopt(configuration)
            if deciding { escalation.review(at: at, context, into: &decisions) }
        case .started, .wake:
            break
        }
        settle(deciding: deciding, into: &effects)
    }

    private mutating func begin(_ start: HubStart, at: Instant) {
        origin = start.origin
        build = start.build
        clock = HubClock(offset: start.wall - WallTime(microseconds: at.microseconds), quality: start.quality)
    }

    /// Everything due by `limit`, each at its due time, in order of (due, stage, key).
    private mutating func fireDue(by limit: Instant, position: UInt64, wasDown: Bool, deciding: Bool, into effects: inout [Effect]) {
        while let due = deciding ? nextDeadline : detection.nextDeadline, due <= limit {
            if detection.nextDeadline == due {
                detection.fire(due: due, clock: clock, under: effective.rules, into: &findings)
            } else if canaryDue == due {
                missCanary(at: due)
            } else {
                escalation.fire(due: due, now: limit, wasDown: wasDown, context: context, into: &decisions)
            }
            settle(deciding: deciding, position: position, at: due, into: &effects)
        }
        if !findings.isEmpty { settle(deciding: deciding, position: position, at: limit, into: &effects) }
    }

    private mutating func read(_ message: Message, deciding: Bool, into effects: inout [Effect]) {
        if message.link == .safety, message.topic == GatewayCore.canaryTopic {
            if deciding { hearCanary(message) }
            return
        }
        decoded.removeAll()
        decoding.decode(message, at: at, clock: clock, registry: effective.registry, into: &decoded)
        counters.readings &+= UInt64(decoded.readings.count)
        if let binding = decoded.readings.first?.binding { hear(binding) }
        for index in decoded.readings.indices {
            detection.observe(decoded.readings[index], at: at, clock: clock, under: effective.rules, into: &findings)
        }
        for rejection in decoded.rejections {
            counters.rejected[Int(rejection.reason.rawValue)] &+= 1
            detection.observe(rejection, at: at, clock: clock, under: effective.rules, into: &findings)
            if deciding { effects.append(.reject(rejection)) }
        }
        guard deciding else { return }
        counters.quarantined &+= UInt64(decoded.sightings.count)
        for sighting in decoded.sightings { effects.append(.quarantine(sighting)) }
        for downlink in decoded.downlinks { effects.append(.downlink(downlink)) }
    }

    private mutating func hear(_ binding: BindingIndex) {
        let index = Int(binding)
        if index >= heardAt.count {
            heardAt += Array(repeating: Instant(microseconds: 0), count: effective.household.bindings.count - heardAt.count)
        }
        if index < heardAt.count { heardAt[index] = at }
    }

    private mutating func obey(_ command: Command, under configuration: Configuration, deciding: Bool, into effects: inout [Effect]) {
        if case .setMode(let change) = command.action { return setMode(change, command, deciding: deciding, into: &effects) }
        guard case .adopt(let adoption) = command.action else {
            guard deciding else { return }
            escalation.obey(command, exercise: exercise(command, configuration.profiles.traits), at: at, context: context, into: &decisions)
            if case .acknowledge = command.action { tellHelpIsComing(into: &effects) }
            return
        }
        let refusal = refusal(of: adoption, under: configuration)
        if refusal == nil {
            adoptions.append(adoption)
            adopt(configuration)
        }
        guard deciding else { return }
        var answer = CommandOutcome.done(revision: 0)
        if let refusal { answer = .refused(refusal) } else {
            var w = ByteWriter()
            w.unsigned(UInt64(adoptions.count))
            adoption.write(to: &w)
            effects.append(.keep(DecidedRow(table: "binding", key: adoption.device.text, version: 1, bytes: w.bytes)))
        }
        effects.append(.audit(AuditEntry(
            at: clock.wall(at), actor: command.actor, role: command.role, via: command.via, action: "adopt",
            object: adoption.device.text, outcome: refusal?.name ?? "done")))
        effects.append(.answer(command.id, answer))
    }

    /// Somebody has taken the call: the device that made it shows so, where it can.
    private func tellHelpIsComing(into effects: inout [Effect]) {
        for case .revise(let incident, _) in decisions where incident.category == .safety && incident.state == .acknowledged && !GatewayCore.isExercise(incident) {
            if let downlink = incident.subject.device.flatMap({ decoding.helpIsComing(to: $0) }) { effects.append(.downlink(downlink)) }
        }
    }

    private func refusal(of adoption: Adoption, under configuration: Configuration) -> Refusal? {
        if !configuration.profiles.names.contains(adoption.profile) { return .unknownProfile }
        if let bound = effective.household.binding(of: adoption.device) {
            let b = effective.household.bindings[Int(bound)]
            let who = b.residents.map { effective.household.residents[$0].id }
            let isSame = b.profile == adoption.profile && effective.household.homes[b.home].id == adoption.home
                && who == adoption.residents && b.room == adoption.room && b.isShared == adoption.isShared
            return isSame ? nil : .alreadyBound
        }
        // What homes.yaml binds, a person changes there.
        if let old = adoption.replaces, !adopted.contains(old) || effective.household.binding(of: old) == nil { return .unknownDevice }
        // Its values would count for nobody.
        if adoption.isShared, configuration.profiles.traits.first(where: { $0.profile == adoption.profile })?.namesPerson != true { return .notAllowed }
        if effective.household.home(adoption.home) == nil { return .unknownHome }
        return effective.household.adopting(adoption) == nil ? .unknownResident : nil
    }

    /// Goes over to `configuration`: findings of rules and subjects that are gone end with a reason.
    mutating func adopt(_ configuration: Configuration) {
        let heard = lastSeen
        effective = EffectiveConfiguration(configuration, adoptions: adoptions)
        heardAt = effective.household.bindings.map { heard[$0.device] ?? Instant(microseconds: 0) }
        detection.reconfigure(to: effective.rules, at: at, clock: clock, into: &findings)
    }

    private mutating func count(_ report: DeliveryReport) {
        switch report.outcome {
        case .confirmed: counters.confirmed &+= 1
        case .delayed: counters.delayed &+= 1
        case .deadLettered: counters.deadLettered &+= 1
        }
    }

    var context: Escalation.Context {
        Escalation.Context(household: effective.household, plan: effective.plan, clock: clock, origin: origin, isReplay: isReplay, callers: effective.callers)
    }

    // MARK: - From findings to effects

    private mutating func settle(deciding: Bool, into effects: inout [Effect]) {
        settle(deciding: deciding, position: position, at: at, into: &effects)
    }

    private mutating func settle(deciding: Bool, position: UInt64, at: Instant, into effects: inout [Effect]) {
        if !findings.isEmpty {
            let found = findings
            findings.removeAll(keepingCapacity: true)
            for finding in found {
                guard deciding else {
                    unreconciled.append((finding, position))
                    continue
                }
                escalate(finding, position: position, at: at, into: &effects)
            }
        }
        if !decisions.isEmpty { render(into: &effects) }
    }

    private mutating func escalate(_ finding: Finding, position: UInt64, at: Instant, into effects: inout [Effect]) {
        counters.findings[finding.rule, default: 0] &+= 1
        if let outage = Outage(finding, at: clock.wall(at)) { effects.append(.audit(outage.entry)) }
        escalation.take(finding, position: position, at: at, context: context, into: &decisions)
        render(into: &effects)
    }

    /// Decisions of Escalation as effects; a revision becomes canonical JSON here.
    private mutating func render(into effects: inout [Effect]) {
        for decision in decisions {
            switch decision {
            case .revise(let incident, let deliveries):
                if incident.revision == 1 {
                    counters.incidents[.init(kind: incident.kind, priority: incident.priority), default: 0] &+= 1
                }
                effects.append(.revise(IncidentRevision(
                    incident: incident.id, revision: incident.revision, state: incident.state, priority: incident.priority,
                    category: incident.category, origin: incident.origin, home: incident.subject.home,
                    full: IncidentJSON.delivery(incident), masked: IncidentJSON.masked(incident))))
                for delivery in deliveries { effects.append(.enqueue(delivery)) }
            case .keep(let row): effects.append(.keep(row))
            case .retire(let key): effects.append(.retire(key))
            case .deadLetter(let key, let why): effects.append(.deadLetter(key, why))
            case .revive(let key): effects.append(.revive(key))
            case .answer(let id, let outcome): effects.append(.answer(id, outcome))
            case .audit(let entry): effects.append(.audit(entry))
            }
        }
        decisions.removeAll(keepingCapacity: true)
    }
}
