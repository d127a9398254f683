import GRDB
import GRDBSQLite

/// A value of a statement's parameter, bound to SQLite without boxing: the writer runs thousands of statements a second.
enum SQLValue {
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case null

    static func number(_ value: some BinaryInteger) -> SQLValue { .integer(Int64(truncatingIfNeeded: value)) }
    static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
    static func optional(_ value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }
}

extension Database {
    /// Runs a statement that is prepared once a connection, and gives no rows.
    ///
    /// - Parameter values: one for each `?`, in their order.
    /// - Throws: `DatabaseError`, as GRDB's own calls do.
    func run(_ sql: String, _ values: [SQLValue] = []) throws {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try check(value.bind(statement, Int32(index + 1)), sql) }
        let code = sqlite3_step(statement)
        guard code == SQLITE_DONE else {
            try check(code == SQLITE_ROW ? SQLITE_MISUSE : code, sql)
            return
        }
    }

    private func check(_ code: Int32, _ sql: String) throws {
        guard code != SQLITE_OK else { return }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(sqliteConnection)),
            message: sqlite3_errmsg(sqliteConnection).map { String(cString: $0) }, sql: sql)
    }
}

extension SQLValue {
    /// SQLite copies what it is given.
    fileprivate func bind(_ statement: OpaquePointer?, _ index: Int32) -> Int32 {
        let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch self {
        case .integer(let value): return sqlite3_bind_int64(statement, index, value)
        case .null: return sqlite3_bind_null(statement, index)
        case .text(var text):
            return text.withUTF8 { utf8 in
                // An empty string has no address, and none would mean NULL.
                guard let address = utf8.baseAddress, !utf8.isEmpty else { return sqlite3_bind_text(statement, index, "", 0, copying) }
                return address.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                    sqlite3_bind_text64(statement, index, $0, UInt64(utf8.count), copying, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            return bytes.withUnsafeBytes { $0.isEmpty ? sqlite3_bind_zeroblob(statement, index, 0) : sqlite3_bind_blob64(statement, index, $0.baseAddress, UInt64($0.count), copying) }
        }
    }
}
