import CMosquitto
import Glibc

/// libmosquitto's process-wide state.
enum MQTTLibrary {
    /// Initialises the library once and makes the process ignore SIGPIPE, which libmosquitto's `write` on a shut
    /// socket would raise.
    static let isReady: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return mosquitto_lib_init() == 0
    }()

    /// For instance "2.0.11".
    static var version: String {
        var (major, minor, revision): (Int32, Int32, Int32) = (0, 0, 0)
        mosquitto_lib_version(&major, &minor, &revision)
        return "\(major).\(minor).\(revision)"
    }
}

/// The version of libmosquitto in use, for instance "2.0.11".
public func mqttLibraryVersion() -> String { MQTTLibrary.version }
