import CareModel
import Hummingbird

/// What supervisors of the process ask: does it live, is it ready, its metrics.
struct OperationsRoutes: Sendable {
    let health: any HealthReading
    let metrics: any MetricsReading
    let areMetricsOpen: Bool

    var routes: [Route] {
        [
            Route(.get, "/healthz", .open) { _, _ in
                let health = await health.health()
                return state(health.isLive ? "live" : "failing", health.isLive, health.isLive ? [] : health.reasons)
            },
            Route(.get, "/readyz", .anyone) { _, _ in
                let health = await health.health()
                return state(health.isReady ? "ready" : "not_ready", health.isReady, health.reasons)
            },
            Route(.get, "/metrics", areMetricsOpen ? .open : .roles([.technician, .inspector, .supervisor, .administrator])) { _, _ in
                let text = try await metrics.exposition()
                return Response(
                    status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
            },
        ]
    }

    private func state(_ word: String, _ isWell: Bool, _ reasons: [Health.Reason]) -> Response {
        JSONValue.object([
            ("status", .string(word)),
            ("reasons", .array(reasons.map { .object([("code", .string($0.code)), ("text", .string($0.text))]) })),
        ]).response(isWell ? .ok : .serviceUnavailable)
    }
}
