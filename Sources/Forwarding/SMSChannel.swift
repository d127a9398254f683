import CareModel
import Formats
import Foundation

/// Why a message waits for its modem; docs/errors.md lists the codes.
public enum SMSReason: String, Hashable, Sendable, CaseIterable {
    /// The folder can't be written: gammu-smsd isn't installed, or another user's.
    case spool = "sms.spool"
    /// The modem has not sent it in time; it stays with gammu-smsd.
    case waiting = "sms.waiting"
    /// gammu-smsd gave it up: no signal, no credit, no such number.
    case failed = "sms.failed"
}

/// Sends what people must know at once as short messages, through gammu-smsd and a modem of this machine.
///
/// The text is the neutral one in both languages and the incident's number, so that a lock screen tells nobody anything. Only what asks
/// for somebody goes out: an opening, a next tier, a rise, the end; what happens between counts as delivered without a message.
public struct SMSChannel: Channel {
    /// One message of UCS-2 has place for so many; longer ones come in parts that may be lost one by one.
    static let unitsMax = 70
    static let lookInterval = Duration.milliseconds(200)

    private let configuration: SMSConfiguration
    public let commands = AsyncStream<Command> { $0.finish() }

    public init(_ configuration: SMSConfiguration) { self.configuration = configuration }

    public func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        await withTaskGroup(of: (DeliveryKey, DeliveryOutcome).self) { group in
            for parcel in batch { group.addTask { (parcel.key, await self.send(parcel)) } }
            var outcomes: [DeliveryKey: DeliveryOutcome] = [:]
            for await (key, outcome) in group { outcomes[key] = outcome }
            return outcomes
        }
    }

    private func send(_ parcel: Parcel) async -> DeliveryOutcome {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let incident = try? decoder.decode(IncidentDocument.self, from: Data(parcel.body)) else {
            return .deadLettered("format.sms: the stored revision can't be read")
        }
        guard let text = SMSChannel.text(incident) else { return .confirmed }
        let names = configuration.phones.map { SMSChannel.fileName(parcel, incident, phone: $0) }
        for name in names where !exists(configuration.outbox, name) && !exists(configuration.sent, name) {
            // Tried before and given up: it goes again.
            try? FileManager.default.removeItem(atPath: configuration.failed + "/" + name)
            guard write(text, name) else { return .delayed("\(SMSReason.spool.rawValue): \(configuration.outbox) can't be written: is gammu-smsd installed, and may this user write there?") }
        }
        let deadline = ContinuousClock.now + .seconds(configuration.timeoutSeconds)
        while true {
            if names.allSatisfy({ exists(configuration.sent, $0) }) {
                // Nothing of it is kept on this machine beside the ledger.
                for name in names { try? FileManager.default.removeItem(atPath: configuration.sent + "/" + name) }
                return .confirmed
            }
            if names.contains(where: { exists(configuration.failed, $0) }) { return .delayed("\(SMSReason.failed.rawValue): the modem could not send it: signal, credit and number?") }
            if ContinuousClock.now >= deadline || Task.isCancelled {
                return .delayed("\(SMSReason.waiting.rawValue): not sent within \(configuration.timeoutSeconds) s: does gammu-smsd run, and is the modem there?")
            }
            try? await Task.sleep(for: SMSChannel.lookInterval)
        }
    }

    /// What stands on the telephone; nil for what asks nobody for anything.
    static func text(_ incident: IncidentDocument) -> String? {
        guard ["start", "escalate", "end"].contains(incident.phase) else { return nil }
        let text = incident.text.zhCN + " " + incident.text.en
        let tail = " " + incident.id
        var units = Array(text.utf16.prefix(max(0, unitsMax - tail.utf16.count)))
        // Half a character is none.
        if let last = units.last, UTF16.isLeadSurrogate(last) { units.removeLast() }
        return String(decoding: units, as: UTF16.self) + tail
    }

    /// The same for each try, so that a second one finds the first. gammu-smsd takes A before Z, then by name: by time.
    static func fileName(_ parcel: Parcel, _ incident: IncidentDocument, phone: String) -> String {
        let letter = switch parcel.priority {
        case .high: "A"
        case .medium: "B"
        case .low: "C"
        case .information: "D"
        }
        let digits = incident.sentAt.filter(\.isNumber)
        let day = digits.prefix(8), time = digits.dropFirst(8).prefix(6)
        let key = parcel.key.description.map { $0 == ":" || $0 == "_" || $0 == "/" ? "-" : $0 }
        return "OUT\(letter)\(day)_\(time)_00_\(phone)_\(String(key)).txt"
    }

    private func exists(_ folder: String, _ name: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + name) }

    /// UTF-16 behind its byte-order mark, as gammu-smsd reads anything beyond ASCII; whole at once, under its name at the end.
    private func write(_ text: String, _ name: String) -> Bool {
        var bytes: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        let hidden = configuration.outbox + "/." + name
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: hidden))
            try FileManager.default.moveItem(atPath: hidden, toPath: configuration.outbox + "/" + name)
            return true
        } catch {
            try? FileManager.default.removeItem(atPath: hidden)
            return false
        }
    }
}
