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

/// Ends the live streams as soon as the hub is to stop. The group stops its services one after the other, the last one first: put it
/// behind the server, which waits for its open connections.
struct StreamsService: Service {
    let close: @Sendable () -> Void

    func run() async throws {
        defer { close() }
        try await gracefulShutdown()
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
