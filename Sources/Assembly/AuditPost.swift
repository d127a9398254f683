import CareModel
import Capture
import Logging
import Serving
import Synchronization

/// Carries who saw and did what into the sequencer's mailbox: it is committed with the next turn.
///
/// A page that asks for the same thing every two seconds looks once: a view of the same object by the same person counts again after a
/// minute. Nobody's answer waits for the audit, and a call for help is never refused because a line of it found no room; what was
/// lost is said in a line of its own.
final class AuditPost: AuditKeeping {
    static let sameViewSeconds: Int64 = 60
    /// Views that are remembered to leave out repeats.
    static let viewsMax = 4_096

    private struct State {
        var views: [String: Int64] = [:]
        var lost = 0
    }

    private let reports: Mailbox<Letter>
    private let logger: Logger
    private let now: @Sendable () -> WallTime
    private let state = Mutex(State())

    init(reports: Mailbox<Letter>, logger: Logger, now: @escaping @Sendable () -> WallTime = { HubTime.wallTime() }) {
        (self.reports, self.logger, self.now) = (reports, logger, now)
    }

    func keep(actor: String, role: Role, via: Via, action: String, object: String, outcome: String) {
        let at = now()
        let entry = AuditEntry(at: at, actor: actor, role: role, via: via, action: action, object: object, outcome: outcome)
        state.withLock { state in
            if action.hasPrefix("view_") {
                let key = [actor, action, object, outcome].joined(separator: "\n"), second = at.microseconds / 1_000_000
                if let last = state.views[key], second >= last, second - last < AuditPost.sameViewSeconds { return }
                if state.views.count >= AuditPost.viewsMax { state.views = state.views.filter { second - $0.value < AuditPost.sameViewSeconds && second >= $0.value } }
                if state.views.count >= AuditPost.viewsMax { state.views.removeAll() }
                state.views[key] = second
            }
            guard reports.post(.audit(entry)) else {
                state.lost += 1
                return
            }
            guard state.lost > 0 else { return }
            let lost = AuditEntry(at: at, actor: "hub", role: .device, via: .http, action: "audit_lost", object: "audit", outcome: "\(state.lost) lines")
            if reports.post(.audit(lost)) {
                logger.warning("\(state.lost) lines of the audit found no room in the mailbox")
                state.lost = 0
            }
        }
    }
}
