import Assembly
import CareModel
import Foundation
import GatewayCore
import Sequencer
import Simulation

/// A sequencer over simulated ports, under the shipped configuration.
struct Bench {
    typealias Desk = Sequencer<FailingStore, SimulatedIntake, RecordingOutlet, SimulatedTime>

    static let start = Instant(microseconds: 1_790_000_000_000_000)
    static let configurationPath = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "config").path
    private static let loaded = Result { try LoadedConfiguration.load(configurationPath, environment: [:]) }

    static func configuration() throws -> Configuration { try loaded.get().core }

    /// The shipped configuration without its rules for limits, under a digest of its own.
    static func otherConfiguration() throws -> Configuration {
        let own = try configuration()
        var problems = Problems()
        return Configuration(
            digest: ConfigurationDigest("other"), household: own.household, profiles: own.profiles,
            ruleFiles: own.ruleFiles.filter { !$0.place.file.hasSuffix("vitals.yaml") }, plan: own.plan, &problems)
    }

    let clock = SettableClock(at: Bench.start)
    let trace = PortTrace()
    var sequencer: Desk

    init(limits: SequencerLimits = SequencerLimits()) throws {
        sequencer = try Desk(
            store: FailingStore(trace), intake: SimulatedIntake(trace), outlet: RecordingOutlet(trace), time: SimulatedTime(clock), previous: nil,
            configuration: Bench.configuration(), identity: Bench.identity, limits: limits)
    }

    static let identity = HubIdentity(hub: "bench", build: "test")

    /// Power is cut and comes back: what is not in the store is gone.
    mutating func cutPower(previous: Configuration, next: Configuration, limits: SequencerLimits = SequencerLimits()) throws {
        var intake = sequencer.intake
        intake.crash()
        sequencer = try Desk(
            store: sequencer.store, intake: intake, outlet: sequencer.outlet, time: SimulatedTime(clock), previous: previous, configuration: next,
            identity: Bench.identity, limits: limits)
    }

    /// Turns until there is nothing to do, or as many failures in a row as `failuresMax`.
    @discardableResult
    mutating func drain(failuresMax: Int = 0) -> Desk.Outcome {
        var failures = 0
        while true {
            let outcome = sequencer.run()
            switch outcome {
            case .stored: failures = 0
            case .idle: return outcome
            case .failed:
                failures += 1
                if failures > failuresMax { return outcome }
            }
        }
    }

    mutating func pass(_ span: Span) { clock.at = clock.at + span }

    // MARK: What devices and people say

    /// The 4G watch's SOS; `mark` tells one press from another.
    static func press(_ mark: Int) -> Message {
        message("iMEDE_watch/sos", #"{"IMEI":"860000000000017","status":"SOS","location":{"n":\#(mark)}}"#)
    }

    static func smoke(_ isOn: Bool) -> Message { message("zigbee2mqtt/0x00158d0009a1b202", #"{"smoke":\#(isOn),"battery":90}"#) }

    static func vitals(_ sequence: Int, at: Instant, spo2: Int = 97) -> Message {
        var found = message(
            "yu-village/w-0017/vitals",
            #"{"device":"w-0017","ts":\#(at.microseconds / 1_000),"hr":71,"spo2":\#(spo2),"temp":36.4,"battery":80,"seq":\#(sequence)}"#)
        found.link = .telemetry
        return found
    }

    static func message(_ topic: String, _ payload: String) -> Message { Message(link: .safety, topic: topic, payload: Array(payload.utf8)) }

    static func command(_ id: String, _ action: Command.Action) -> Input {
        .record(.command(Command(id: CommandID(id), actor: "nurse-1", role: .caregiver, via: .http, action: action)))
    }

    static func audit(_ object: String) -> Input {
        .audit(AuditEntry(at: WallTime(microseconds: 0), actor: "nurse-1", role: .caregiver, via: .http, action: "view_incident", object: object, outcome: "done"))
    }
}

extension FailingStore {
    /// First revisions, oldest first.
    var openings: [IncidentRevision] { revisions.filter { $0.revision == 1 } }

    /// First revisions of this kind, oldest first.
    func openings(of kind: String) -> [IncidentRevision] {
        let mark = "\"kind\":\"\(kind)\""
        return openings.filter { (String(bytes: $0.full, encoding: .utf8) ?? "").contains(mark) }
    }
}
