import CareModel
import Forwarding
import Foundation
import NIOSSL
import Settings

/// Tells every carried queue at its interval that this hub lives, and how it is.
///
/// Embedded queues have none: whoever fetches them sees with each answer that the hub lives.
struct Heartbeats: Sendable {
    let ways: WaysOut
    let desk: ReadingDesk
    let board: Board
    let vault: Vault
    let settings: HubSettings
    let dataFolder: String

    /// Until the task is cancelled.
    func run() async {
        var sequence: UInt64 = 0
        while !Task.isCancelled {
            sequence += 1
            ways.beat(await heartbeat(sequence))
            try? await Task.sleep(for: .seconds(settings.heartbeatSeconds))
        }
    }

    private func heartbeat(_ sequence: UInt64) async -> Heartbeat {
        let health = await desk.health()
        let free = ((try? FileManager.default.attributesOfFileSystem(forPath: dataFolder))?[.systemFreeSize] as? NSNumber)?.int64Value
        let now = HubTime.wallTime()
        return Heartbeat(
            hub: settings.hubName, origin: settings.hubName + "-" + vault.ledger.epoch, sequence: sequence, at: now, everySeconds: settings.heartbeatSeconds,
            version: Gateway.build, configuration: board.look().configuration?.digest.text ?? "", isReady: health.isReady, reasons: Set(health.reasons.map(\.code)).sorted(),
            diskFreeBytes: free, isClockSynchronised: HubTime.quality() == .synchronised, certificateDays: Heartbeats.certificateDays(settings, now: now))
    }

    /// Days until the first of the hub's own certificates ends; nil where it shows none.
    static func certificateDays(_ settings: HubSettings, now: WallTime) -> Int? {
        let files = [settings.http.tls?.certificate, settings.broker.tlsListener?.server.certificate].compactMap { $0 }
        let ends = files.flatMap { (try? NIOSSLCertificate.fromPEMFile($0)) ?? [] }.map { Int64($0.notValidAfter) }
        return ends.min().map { Int(($0 - now.microseconds / 1_000_000).flooredDivision(by: 86_400).quotient) }
    }
}
