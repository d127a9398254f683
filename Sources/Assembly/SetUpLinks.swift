import Foundation
import Glibc
import Serving
import Settings

/// What a new account's owner is given: an address with a code that works once, and the same as a picture for a telephone.
struct SetUpLinks {
    /// Scheme, host and port under which browsers reach the hub.
    let base: String

    init(_ settings: HubSettings) {
        // Where it listens at every address, the machine's own name is the best guess for other machines.
        let everywhere = settings.http.bind == "0.0.0.0" || settings.http.bind == "::"
        let host = everywhere ? ProcessInfo.processInfo.hostName : settings.http.bind
        let isV6 = host.contains(":")
        base = "\(settings.http.tls == nil ? "http" : "https")://\(isV6 ? "[\(host)]" : host):\(settings.http.port)"
    }

    func setUp(_ code: String) -> String { base + "/page/set-up.html#code=" + code }
    /// The code stands in the fragment, which no browser sends and no log sees.
    func visit(_ code: String) -> String { base + "/visit#" + code }
    func wall(_ token: String) -> String { base + "/#token=" + token }

    /// Drawn by Debian's `qrencode`, which gets the link on its standard input: an argument could be read by every user of the machine.
    ///
    /// - Returns: lines for a terminal; nil where the program is not installed or fails.
    static func picture(_ link: String) -> String? {
        let program = "/usr/bin/qrencode"
        guard access(program, X_OK) == 0 else { return nil }
        let process = Process(), input = Pipe(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-t", "UTF8", "-m", "2", "-o", "-"]
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, FileHandle.nullDevice)
        do { try process.run() } catch { return nil }
        // A few dozen bytes: they fit into the pipe whatever the program does.
        try? input.fileHandleForWriting.write(contentsOf: Data(link.utf8))
        try? input.fileHandleForWriting.close()
        let drawn = (try? output.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        guard process.terminationStatus == 0, let drawn, !drawn.isEmpty else { return nil }
        return String(decoding: drawn, as: UTF8.self)
    }

    /// What is printed beside a link.
    static func lines(_ link: String, hours: Int?, picture: String?) -> [String] {
        var lines = [link]
        if let hours { lines.append("一次有效，\(hours) 小时内使用 · works once, within \(hours) hours") }
        if let picture { lines += picture.split(separator: "\n").map(String.init) } else { lines.append("(qrencode is not installed: no QR code)") }
        return lines
    }

    /// At the very first start there is nobody who could sign in: the first administrator's link goes to the terminal, or into a file that
    /// only the hub's user can read. A log is no place for it.
    ///
    /// - Returns: what to write to the log.
    static func first(_ accounts: Accounts, _ settings: HubSettings, dataFolder: String) -> String? {
        let name = "admin"
        guard accounts.all.isEmpty, let code = try? accounts.add(name, .administrator, .everything) else { return nil }
        let link = SetUpLinks(settings).setUp(code)
        if isatty(STDOUT_FILENO) == 1 {
            print("第一位管理员 · the first administrator (\(name)):")
            for line in lines(link, hours: ServingLimits.linkSecondsDefault / 3_600, picture: picture(link)) { print(line) }
            return nil
        }
        let file = dataFolder + "/set-up-link"
        guard FileManager.default.createFile(atPath: file, contents: Data((link + "\n").utf8), attributes: [.posixPermissions: 0o600]) else { return nil }
        return "nobody has an account yet: the first administrator's set-up link is in \(file) and works once within a day; \"vigil account link \(name)\" makes another"
    }
}
