import CareModel
import Foundation
import GRDB

/// Why the ledger could not do something; after any failure the transaction is rolled back.
public struct LedgerFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Each has a stable code, listed in docs/errors.md.
    public enum Kind: Hashable, Sendable {
        /// No room on the disk, or the file has reached its largest size.
        case diskFull
        /// The disk gave an error. Close the ledger and open it again: after a failed sync the kernel may
        /// have forgotten what it did not write.
        case ioError
        /// The file's content is not what SQLite or Vigil wrote. Opening again sets it aside.
        case damaged
        /// Another connection holds the file for longer than the time allowed.
        case busy
        /// Another process holds the data folder; nil when its number could not be read.
        case inUse(pid: Int32?)
        /// The file was written by a later build.
        case newerSchema(found: Int, known: Int)
        /// The file is an SQLite database, but not Vigil's.
        case foreign
        /// WAL or FULL could not be had: a power cut would lose acknowledged messages.
        case notDurable
        /// The folder cannot be made, read or written.
        case folder
        /// A turn that does not continue the journal, a closed ledger, or an SQLite code that should not occur.
        case other
    }

    public let kind: Kind
    /// For logs: what SQLite or the system said.
    public let detail: String

    public init(_ kind: Kind, _ detail: String) { (self.kind, self.detail) = (kind, detail) }

    public var code: String {
        switch kind {
        case .diskFull: "ledger.disk_full"
        case .ioError: "ledger.io_error"
        case .damaged: "ledger.damaged"
        case .busy: "ledger.busy"
        case .inUse: "ledger.in_use"
        case .newerSchema: "ledger.newer_schema"
        case .foreign: "ledger.foreign_file"
        case .notDurable: "ledger.not_durable"
        case .folder: "ledger.folder"
        case .other: "ledger.other"
        }
    }

    /// Whether the same call can succeed later without a person doing anything to the file.
    public var mayRetry: Bool {
        switch kind {
        case .diskFull, .ioError, .busy: true
        case .damaged, .inUse, .newerSchema, .foreign, .notDurable, .folder, .other: false
        }
    }

    /// What a person reads: what is wrong and what to do.
    public var publicText: String {
        switch kind {
        case .diskFull: "the disk is full; Vigil accepts no messages until there is room in the data folder"
        case .ioError: "the disk reports an error; check the storage of the hub"
        case .damaged: "the database is damaged; it is set aside at the next opening and a new one is started"
        case .busy: "the database is held by somebody else; no other program may open it"
        case .inUse(let pid?): "the data folder is used by process \(pid); stop that one first, or choose another folder"
        case .inUse(nil): "the data folder is used by another process; stop that one first, or choose another folder"
        case .newerSchema(let found, let known):
            "the database has schema \(found), this build knows up to \(known); install the newer build again, or restore a backup"
        case .foreign: "the file in the data folder is a database of another program; choose another folder"
        case .notDurable: "the database cannot be made safe against power cuts on this file system"
        case .folder: "the data folder cannot be used; check that it exists and belongs to Vigil"
        case .other: "the database failed in a way that Vigil does not know"
        }
    }

    public var description: String { "\(publicText) (\(detail)) [\(code)]" }
}

extension LedgerFailure {
    init(_ error: DatabaseError) {
        let detail = "\(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL: self.init(.diskFull, detail)
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: self.init(.diskFull, detail)
        case .SQLITE_IOERR: self.init(.ioError, detail)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.damaged, detail)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self.init(.busy, detail)
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: self.init(.folder, detail)
        default: self.init(.other, detail)
        }
    }

    /// Runs `work` and gives its errors a kind.
    static func typed<T>(_ work: () throws -> T) throws(LedgerFailure) -> T {
        do {
            return try work()
        } catch let failure as LedgerFailure {
            throw failure
        } catch let error as DatabaseError {
            throw LedgerFailure(error)
        } catch let error as BinaryFailure {
            throw LedgerFailure(.damaged, "\(error)")
        } catch {
            throw LedgerFailure(.other, "\(error)")
        }
    }

    /// The last error of the C library, for the file `path`.
    static func ofSystem(_ doing: String, _ path: String) -> LedgerFailure {
        let number = errno
        let detail = "\(doing) \(path): \(String(cString: strerror(number)))"
        switch number {
        case ENOSPC, EDQUOT: return LedgerFailure(.diskFull, detail)
        case EIO: return LedgerFailure(.ioError, detail)
        default: return LedgerFailure(.folder, detail)
        }
    }
}
