import CareModel
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOSSL

/// The hub's HTTP side: API, live stream and page over the ports that it is given.
///
/// It writes nothing itself: commands and receipts go to the sequencer's mailbox through their ports. `application()`
/// is a service for the hub's service group; when the hub begins to stop, close the signal, or open streams hold it up.
public struct Server: Sendable {
    /// How the server is set up.
    public struct Configuration: Sendable {
        /// Address to listen at; loopback unless the configuration says otherwise.
        public var host: String
        /// 0 takes a free port, which `onListening` tells.
        public var port: Int
        /// Whether `/metrics` needs no token.
        public var areMetricsOpen: Bool
        /// Whether browsers reach the hub by TLS alone; the cookie is then never sent without it.
        public var isSecure: Bool
        /// By what certificate the hub is known; nil = plain HTTP.
        public var tls: TLSConfiguration?
        /// A browser session that nobody uses ends after this; an open stream is use.
        public var sessionIdleLimit: Duration
        /// Between two signs of life on a stream without revisions.
        public var heartbeat: Duration
        /// A client of a stream that takes nothing for so long is hung up on; looked at with each sign of life.
        public var stallLimit: Duration
        /// How long a press waits for the hub's answer before it is called unconfirmed.
        public var answerLimit: Duration
        /// Time since some fixed moment that never steps.
        public var monotonic: @Sendable () -> Duration

        public init(
            host: String = "127.0.0.1", port: Int = 8_080, areMetricsOpen: Bool = false, isSecure: Bool = false,
            tls: TLSConfiguration? = nil, sessionIdleLimit: Duration = .seconds(12 * 3_600), heartbeat: Duration = .seconds(15),
            stallLimit: Duration = .seconds(30), answerLimit: Duration = .seconds(10),
            monotonic: (@Sendable () -> Duration)? = nil
        ) {
            (self.host, self.port, self.areMetricsOpen, self.isSecure) = (host, port, areMetricsOpen, isSecure || tls != nil)
            self.tls = tls
            (self.sessionIdleLimit, self.heartbeat, self.stallLimit, self.answerLimit) = (sessionIdleLimit, heartbeat, stallLimit, answerLimit)
            let start = ContinuousClock.now
            self.monotonic = monotonic ?? { ContinuousClock.now - start }
        }
    }

    private let configuration: Configuration
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    let table: [Route]
    let gate: Guard
    let feed: StreamFeed
    let streams = Admission(limit: ServingLimits.streamsMax)
    let polls = Admission(limit: ServingLimits.longPollsMax)
    let requests = Admission(limit: ServingLimits.requestsMax)

    /// - Parameters:
    ///   - signal: the sequencer calls `committed()` on it after each transaction that holds revisions.
    ///   - onListening: called once with the port when the socket listens.
    public init(
        configuration: Configuration, ports: Ports, access: AccessPorts, signal: CommitSignal, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        let accounts = access.accounts, places = access.places
        let sessions = Sessions(idleLimit: configuration.sessionIdleLimit, now: configuration.monotonic) { accounts.principal($0, generation: $1) }
        gate = Guard(
            access: access, sessions: sessions, attempts: Attempts(now: configuration.monotonic),
            accountAttempts: Attempts(limit: ServingLimits.accountAttemptsMax, now: configuration.monotonic))
        let desk = CommandDesk(commands: ports.commands, answerLimit: configuration.answerLimit)
        let page = PageRoutes().routes
        let operations = OperationsRoutes(health: ports.health, metrics: ports.metrics, areMetricsOpen: configuration.areMetricsOpen).routes
        let session = SessionRoutes(gate: gate, isSecure: configuration.isSecure, idleLimit: configuration.sessionIdleLimit)
        let feed = StreamFeed(
            stream: ports.stream, places: places, signal: signal, heartbeat: configuration.heartbeat, stallLimit: configuration.stallLimit)
        let accountRoutes = AccountRoutes(gate: gate, session: session, feed: feed).routes
        let incidents = IncidentRoutes(incidents: ports.incidents, places: places, desk: desk).routes
        let queues = QueueRoutes(
            deliveries: ports.deliveries, stream: ports.stream, receipts: ports.receipts, signal: signal, polls: polls, desk: desk
        ).routes
        let stream = StreamRoutes(stream: ports.stream, sessions: sessions, streams: streams, feed: feed).routes
        self.feed = feed
        let devices = DeviceRoutes(devices: ports.devices, console: ports.console, places: places, desk: desk).routes
        let journal = JournalRoutes(journal: ports.journal).routes
        let signed = SignedRoutes(signed: ports.signed).routes
        let reports = ReportRoutes(reports: ports.reports).routes
        let shelving = ShelvingRoutes(desk: desk).routes
        let care = CareRoutes(console: ports.console, places: places).routes, technician = TechnicianRoutes(console: ports.console).routes
        let family = FamilyRoutes(console: ports.console, places: places, desk: desk).routes
        let audit = AuditRoutes(console: ports.console).routes
        let visits = VisitRoutes(
            codes: ports.visits, places: places, desk: desk, gate: gate, wrongByAddress: Attempts(now: configuration.monotonic),
            wrongByPerson: Attempts(limit: ServingLimits.accountAttemptsMax, now: configuration.monotonic)
        ).routes
        let modes = ModeRoutes(devices: ports.devices, places: places, desk: desk).routes
        table = page + operations + session.routes + accountRoutes + incidents + shelving + visits + modes + queues + stream + devices + journal + care + technician + reports + signed + family + audit
    }

    /// The service to run; throws when the certificate or its key can't be used. It ends with the group's graceful shutdown, after requests in flight have been answered.
    public func application() throws -> some ApplicationProtocol {
        let onListening = onListening
        var builder = HTTPServerBuilder.http1(configuration: .init(idleTimeout: .seconds(Int64(2 * ServingLimits.waitSecondsMax))))
        if let tls = configuration.tls { builder = try .tls(builder, tlsConfiguration: tls) }
        return Application(
            router: router(),
            server: builder,
            configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    private func router() -> Router<ServingContext> {
        let router = Router(context: ServingContext.self)
        router.add(middleware: MetricsMiddleware())
        router.add(middleware: RequestLog(logger: logger))
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ErrorAnswers(logger: logger))
        router.add(middleware: RequestCeiling(requests: requests))
        for route in table {
            router.on(route.routerPath, method: route.method) { [gate] request, context in
                let admitted = try await gate.admit(request, context, to: route)
                let response = try await route.answer(request, admitted)
                gate.noteView(route, admitted, response.status.code)
                return response
            }
        }
        return router
    }
}
