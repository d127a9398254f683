import CareModel
import Capture
import Forwarding
import Foundation
import ServiceLifecycle

/// The sequencer's thread as a service: ends when the thread does, asks it to end at a graceful shutdown.
struct SequencerService: Service {
    let ended: AsyncStream<Result<Void, Gateway.StartFailure>>
    let stop: @Sendable () -> Void

    func run() async throws {
        try await withGracefulShutdownHandler {
            for await result in ended { try result.get() }
        } onGracefulShutdown: {
            stop()
        }
    }
}

/// Work without an end, cancelled at a graceful shutdown: what it does is in the outbox still.
struct TaskService: Service {
    let work: @Sendable () async -> Void

    init(_ work: @escaping @Sendable () async -> Void) { self.work = work }

    func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
    }
}

/// Reads the configuration again at SIGHUP.
struct ReloadService: Service {
    enum Trigger { case hangup }

    private let reload: @Sendable () async -> Void

    init(signals: Trigger, _ reload: @escaping @Sendable () async -> Void) { self.reload = reload }

    func run() async throws {
        let hangups = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        signal(SIGHUP, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { hangups.continuation.yield() }
        source.resume()
        defer { source.cancel() }
        await cancelWhenGracefulShutdown {
            for await _ in hangups.stream { await reload() }
        }
    }
}
