import CLinux
import CareModel
import Foundation
import Glibc
import Sequencer

/// The hub's clocks: hub time from the boot clock and an anchor that outlives the process, wall time from the system.
public struct HubTime: TimePort, Sendable {
    /// Hub time = anchor + boot clock.
    private let anchorMicroseconds: Int64

    /// Goes on from the newest record of the ledger.
    ///
    /// In the same boot the anchor of the last run is used again, so the time that the process was down counts. After
    /// a boot the wall clock tells how long the box was off; without a believable wall clock hub time goes on from the last record.
    ///
    /// - Parameters:
    ///   - file: keeps the boot's identifier and the anchor.
    ///   - last: time of the newest record and the wall clock then; nil at a hub's first start.
    public init(file: URL, last: (at: Instant, wall: WallTime)?) throws {
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        let uptime = HubTime.bootMicroseconds()
        let wall = HubTime.wallMicroseconds()
        let kept = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: " ").map(String.init) ?? []
        var anchor = wall - uptime
        if let last {
            let newest = last.at.microseconds
            if kept.count == 2, kept[0] == boot, let same = Int64(kept[1]), same + uptime > newest {
                anchor = same
            } else {
                // At most a year: a wall clock that claims more has never been set or was set wrong.
                let off = min(max(0, wall - last.wall.microseconds), 366 * 86_400 * 1_000_000)
                anchor = newest + off - uptime
            }
        }
        anchorMicroseconds = anchor
        try "\(boot) \(anchor)".write(to: file, atomically: true, encoding: .utf8)
    }

    public func now() -> Instant { Instant(microseconds: anchorMicroseconds + HubTime.bootMicroseconds()) }

    public func wall() -> (WallTime, ClockQuality) { (HubTime.wallTime(), HubTime.quality()) }

    public static func wallTime() -> WallTime { WallTime(microseconds: wallMicroseconds()) }

    /// What the kernel says of its clock: whether anything disciplines it.
    static func quality() -> ClockQuality {
        vigil_clock_is_disciplined() != 0 ? .synchronised : .unsynchronised
    }

    /// How far the kernel's clock is from what disciplines it; nil = nothing does.
    static func clockOffsetMicroseconds() -> Int64? {
        let offset = vigil_clock_offset_microseconds()
        return offset == .min ? nil : offset
    }

    static func bootMicroseconds() -> Int64 { microseconds(CLOCK_BOOTTIME) }
    static func wallMicroseconds() -> Int64 { microseconds(CLOCK_REALTIME) }

    private static func microseconds(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
    }
}
