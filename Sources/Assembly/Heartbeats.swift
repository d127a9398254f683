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
        let now = HubTime.wallTime(), days = Heartbeats.certificateDays(settings, now: now)
        board.update { $0.certificateDays = days }
        let picture = board.look()
        var heartbeat = Heartbeat(
            hub: settings.hubName, origin: settings.hubName + "-" + vault.ledger.epoch, sequence: sequence, at: now, everySeconds: settings.heartbeatSeconds,
            version: Gateway.build, configuration: picture.configuration?.digest.text ?? "", isReady: health.isReady, reasons: Set(health.reasons.map(\.code)).sorted(),
            diskFreeBytes: free, isClockSynchronised: HubTime.quality() == .synchronised, certificateDays: days)
        heartbeat.clockOffsetMicroseconds = HubTime.clockOffsetMicroseconds()
        heartbeat.backupAgeSeconds = Heartbeats.backupAge(dataFolder, now: now)
        heartbeat.power = Heartbeats.power()
        heartbeat.links = Dictionary(uniqueKeysWithValues: Link.allCases.map { ($0.name, picture.links[$0]?.isConnected == true) })
        return heartbeat
    }

    /// The file of the data folder whose time says when the folder was copied last; whoever copies it touches the file.
    static let backupMark = "backed-up"

    static func backupAge(_ dataFolder: String, now: WallTime) -> Int? {
        guard let date = (try? FileManager.default.attributesOfItem(atPath: dataFolder + "/" + backupMark))?[.modificationDate] as? Date else { return nil }
        return max(0, Int(now.microseconds / 1_000_000) - Int(date.timeIntervalSince1970))
    }

    typealias PowerName = Heartbeat.Power

    /// What the kernel says of the box's supplies, a UPS among them.
    ///
    /// - Parameter folder: a folder a supply, each with `type`, `online` or `status`.
    static func power(_ folder: String = "/sys/class/power_supply") -> Heartbeat.Power? {
        var found: Heartbeat.Power?
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? [] {
            func value(_ key: String) -> String? {
                (try? String(contentsOfFile: folder + "/" + name + "/" + key, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            switch value("type") {
            case "Mains"?: found = value("online") == "0" ? .battery : found ?? .mains
            // A battery of something else, a mouse for instance, is none of the box's.
            case "Battery"?, "UPS"?:
                guard value("scope") != "Device", let status = value("status") else { continue }
                found = status == "Discharging" ? .battery : found ?? .mains
            default: break
            }
        }
        return found
    }

    /// Days until the first of the hub's own certificates ends; nil where it shows none.
    static func certificateDays(_ settings: HubSettings, now: WallTime) -> Int? {
        let files = [settings.http.tls?.certificate, settings.broker.tlsListener?.server.certificate].compactMap { $0 }
        let ends = files.flatMap { (try? NIOSSLCertificate.fromPEMFile($0)) ?? [] }.map { Int64($0.notValidAfter) }
        return ends.min().map { Int(($0 - now.microseconds / 1_000_000).flooredDivision(by: 86_400).quotient) }
    }
}
