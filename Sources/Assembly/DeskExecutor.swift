import Dispatch

/// One thread for what pages ask over the journal: it may take seconds, and must keep neither requests nor streams waiting.
final class DeskExecutor: TaskExecutor {
    static let shared = DeskExecutor()

    private let queue = DispatchQueue(label: "vigil-desk", qos: .utility)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
