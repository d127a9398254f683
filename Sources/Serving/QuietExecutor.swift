import Foundation
import Synchronization

/// One thread of low priority for work that people wait for and machines don't: streams of pages, documents over the journal.
///
/// The threads that carry an incident to its queue have the processor before it. What runs here may block for some milliseconds.
public final class QuietExecutor: TaskExecutor {
    /// Every open stream of pages.
    static let streams = QuietExecutor("vigil-streams")

    /// Added to the process's niceness: a third of what another thread gets where both want the processor. Not more: the heap and the
    /// ledger have locks that both take, and whoever waits for one waits for its holder.
    static let niceness: Int32 = 5

    private let jobs = Mutex<[UnownedJob]>([])
    private let ready = DispatchSemaphore(value: 0)

    /// - Parameter name: of its thread, which lives as long as the process.
    public init(_ name: String) {
        let thread = Thread { [self] in
            // Linux counts it by thread.
            _ = nice(QuietExecutor.niceness)
            while true {
                ready.wait()
                let batch = jobs.withLock { jobs in
                    defer { jobs = [] }
                    return jobs
                }
                for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
            }
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = jobs.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        if isFirst { ready.signal() }
    }
}
