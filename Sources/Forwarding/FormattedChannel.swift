import CareModel
import Formats
import Foundation

/// Turns the outbox's JSON into what the queue's receiver reads, and hands it to the queue's channel.
public struct FormattedChannel: Channel {
    private let channel: any Channel
    private let format: IncidentFormat

    public init(_ channel: any Channel, _ format: IncidentFormat) { (self.channel, self.format) = (channel, format) }

    public func beat(_ heartbeat: Heartbeat) async -> DeliveryOutcome? { await channel.beat(heartbeat) }

    public var commands: AsyncStream<Command> { channel.commands }
    public func answer(_ id: CommandID, _ outcome: CommandOutcome?) { channel.answer(id, outcome) }
    public var returns: AsyncStream<Void> { channel.returns }
    public var restsUntil: ContinuousClock.Instant? { channel.restsUntil }

    public func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        guard format != .json else { return await channel.send(batch) }
        var outcomes: [DeliveryKey: DeliveryOutcome] = [:]
        var ready: [Parcel] = []
        for var parcel in batch {
            do {
                parcel.body = try FormattedChannel.render(parcel.body, format)
                ready.append(parcel)
            } catch {
                // No later try can mend it: a person must see it.
                outcomes[parcel.key] = .deadLettered("format.\(format.rawValue): the stored revision can't be read: \(error)")
            }
        }
        if !ready.isEmpty { outcomes.merge(await channel.send(ready)) { first, _ in first } }
        return outcomes
    }

    /// Other formats than the outbox's own take a moment to make: theirs is the worker's way.
    public func hand(_ parcel: Parcel, completion: @escaping @Sendable (DeliveryOutcome) -> Void) -> Bool {
        format == .json && channel.hand(parcel, completion: completion)
    }

    /// - Parameter json: an incident with its delivery members, as `IncidentJSON.appending` made it.
    public static func render(_ json: [UInt8], _ format: IncidentFormat) throws -> [UInt8] {
        guard format != .json else { return json }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let document = try decoder.decode(IncidentDocument.self, from: Data(json))
        return format == .fhir ? FHIRBundle.bytes(document) : CAPAlert.bytes(document)
    }
}
