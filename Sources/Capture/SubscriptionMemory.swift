import Glibc

/// The filters that a persistent session holds at the broker, kept in a small text file: the session's client
/// identifier, then a filter a line.
///
/// It is a convenience: when the file is missing or unreadable, everything is subscribed again and an old filter
/// stays until the session is new.
struct SubscriptionMemory {
    /// Longer files are somebody else's.
    static let bytesMax = 1_048_576

    let path: String
    let session: String

    func filters() -> [String]? {
        guard let text = TextFile.read(path, bytesMax: SubscriptionMemory.bytesMax) else { return nil }
        var lines = text.split(separator: "\n").map(String.init)
        guard !lines.isEmpty, lines.removeFirst() == session else { return nil }
        return lines
    }

    func keep(_ filters: [String]) {
        let text = ([session] + filters).joined(separator: "\n") + "\n"
        if TextFile.read(path, bytesMax: SubscriptionMemory.bytesMax) != text { _ = TextFile.replace(path, text, mode: 0o600) }
    }
}
