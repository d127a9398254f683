/// Users and passwords of the broker, kept in a file that only the hub's own user can read.
///
/// The hub's sessions have names with a secret part: on the listener for shared credentials a client chooses its
/// identifier freely, and one that took a session's name would empty its queue.
struct BrokerCredentials: Hashable {
    static let roles = ["vigil-safety", "vigil-telemetry", "vigil-upstream"]

    /// In a fixed order: the hub's roles, then the accounts in theirs.
    private(set) var entries: [(user: String, password: String)] = []

    static func == (a: BrokerCredentials, b: BrokerCredentials) -> Bool { a.text == b.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// Keeps what `old` (the file's text) has, takes what the accounts set, makes what is missing.
    init(old: String?, accounts: [BrokerAccount]) {
        var known: [(user: String, password: String)] = []
        for line in (old ?? "").split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            known.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
        }
        for role in BrokerCredentials.roles {
            entries.append(known.first { $0.user.hasPrefix(role + "-") } ?? (role + "-" + secret(words: 1), secret(words: 3)))
        }
        for account in accounts {
            entries.append((account.user, account.password ?? known.first { $0.user == account.user }?.password ?? secret(words: 2)))
        }
    }

    /// `user:password` a line, as `mosquitto_passwd -U` takes it.
    var text: String { entries.map { "\($0.user):\($0.password)\n" }.joined() }

    func entry(role: String) -> (user: String, password: String)? { entries.first { $0.user.hasPrefix(role + "-") } }
    func password(of user: String) -> String? { entries.first { $0.user == user }?.password }
}

/// 64 random bits a word, in hex.
private func secret(words: Int) -> String {
    var out = ""
    for _ in 0..<words {
        let hex = String(UInt64.random(in: .min ... .max), radix: 16)
        out += String(repeating: "0", count: 16 - hex.count) + hex
    }
    return out
}
