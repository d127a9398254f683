import CareModel
import Foundation

/// Tells the database that this folder last held from a copy put back in its place.
///
/// A copy would give numbers a second time that receivers know already, and they would swallow a new SOS
/// as a duplicate. Three signs outside the database give it away:
/// - the file `epoch` is absent or names another epoch (the database alone was brought from elsewhere);
/// - its inode and change time, which no copying tool can set, differ from those that the database noted
///   (the whole folder was brought back);
/// - the file `high-water` holds a later position than the database (an older copy of the file was put back).
/// `high-water` is written after each commit and never synced: after a power cut it may lag, never lead.
struct EpochMark {
    let folder: DataFolder

    /// Why the database cannot be the one that this folder last held; nil = it can.
    func contradiction(epoch: String, identity: String, position: UInt64) -> String? {
        guard let text = folder.text(of: folder.epochFile) else { return "the file epoch is missing" }
        guard text.split(separator: "\n").first.map(String.init) == epoch else { return "the file epoch names another epoch" }
        guard self.identity == identity else { return "the file epoch was copied or changed" }
        guard let highest = highWater, highest > position else { return nil }
        return "position \(highest) was committed, the database ends at \(position)"
    }

    /// What no copy of the file `epoch` shares with it; empty when it is absent.
    var identity: String {
        var status = stat()
        guard stat(folder.epochFile, &status) == 0 else { return "" }
        return "\(status.st_ino):\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
    }

    /// Writes the file `epoch` anew and gives its identity, which the database must note next.
    func write(_ epoch: String) throws(LedgerFailure) -> String {
        try folder.replace(folder.epochFile, with: epoch + "\nMade by Vigil; do not copy, edit or delete.\n")
        unlink(folder.highWaterFile)
        return identity
    }

    private var highWater: UInt64? {
        folder.text(of: folder.highWaterFile).flatMap { UInt64($0.prefix { $0.isNumber }) }
    }

    /// Six letters and digits without I, L, O and U: 30 random bits, so that even hubs that share a name and
    /// lost their disks do not meet.
    static func fresh() -> String {
        let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        return String((0..<6).compactMap { _ in letters.randomElement() })
    }
}

/// The open file `high-water`: 20 digits, overwritten in place after each commit.
struct HighWater: ~Copyable {
    private let descriptor: Int32

    init(_ folder: DataFolder) throws(LedgerFailure) {
        descriptor = open(folder.highWaterFile, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .ofSystem("cannot open", folder.highWaterFile) }
    }

    deinit { close(descriptor) }

    /// A write that fails is left out: the mark then lags, which only weakens one of three signs.
    func note(_ position: UInt64) {
        var digits = ""
        digits.appendPadded(Int(clamping: position), width: 20)
        _ = digits.withCString { pwrite(descriptor, $0, 20, 0) }
    }
}
