import Serving

/// Where what pages ask over the journal runs: it may take seconds, and must keep neither requests nor streams nor queues waiting.
enum DeskExecutor {
    static let shared = QuietExecutor("vigil-desk")
}
