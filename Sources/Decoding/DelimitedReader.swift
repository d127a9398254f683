import CareModel

/// A strict, bounded reader of one line of delimited text (RFC 4180, with any delimiter).
///
/// A field in quotation marks may hold the delimiter, line ends and doubled quotation marks; a quotation mark inside a
/// field without them stands for itself, as device firmware writes it. Empty fields are empty texts. A line end behind
/// the line is passed over; a second line is refused.
public enum DelimitedReader {
    /// - Returns: the fields in their order, all as text.
    public static func read(_ bytes: [UInt8], delimiter: UInt8 = 0x2C, limits: DocumentLimits = .message) throws(DocumentFailure) -> Value {
        var tree = ValueTree()
        try read(bytes, delimiter: delimiter, columns: [], into: &tree, limits: limits)
        return tree.value(0)
    }

    /// The same into a tree whose storage is used again. After an error the tree's content is of no use.
    ///
    /// - Parameter columns: names by position, which make the line an object; fields beyond them go by their position, from 0.
    static func read(_ bytes: [UInt8], delimiter: UInt8, columns: [[UInt8]], into tree: inout ValueTree, limits: DocumentLimits) throws(DocumentFailure) {
        try BinaryCursor.read(bytes, into: &tree, limits: limits) { (cursor: inout BinaryCursor, tree: inout ValueTree) throws(DocumentFailure) in
            if cursor.end >= 3, cursor.bytes[0] == 0xEF, cursor.bytes[1] == 0xBB, cursor.bytes[2] == 0xBF { cursor.index = 3 }
            // The line ends that end the document don't belong to its last field.
            if cursor.left > 0, cursor.bytes[cursor.end - 1] == 0x0A { cursor.end -= 1 }
            if cursor.left > 0, cursor.bytes[cursor.end - 1] == 0x0D { cursor.end -= 1 }
            let line = try cursor.open(columns.isEmpty ? .array : .object, from: cursor.index, depth: 1, in: &tree)
            var position = 0
            while true {
                let child = tree.nodes.count
                try field(&cursor, delimiter, into: &tree)
                if !columns.isEmpty {
                    let keyStart = tree.unescaped.count
                    if position < columns.count { tree.unescaped.append(contentsOf: columns[position]) } else { tree.appendDigits(UInt64(position), isNegative: false) }
                    cursor.name(child, BinaryCursor.Key(start: keyStart, count: tree.unescaped.count - keyStart, isUnescaped: true), in: &tree)
                }
                position += 1
                guard cursor.left > 0 else { break }
                cursor.index += 1
            }
            cursor.close(line, in: &tree)
            cursor.index = bytes.count
        }
    }

    /// Reads one field; `index` then stands on the delimiter or at the end.
    private static func field(_ c: inout BinaryCursor, _ delimiter: UInt8, into tree: inout ValueTree) throws(DocumentFailure) {
        let quote: UInt8 = 0x22, start = c.index
        guard c.left > 0, c.bytes[start] == quote, delimiter != quote else {
            while c.left > 0, c.bytes[c.index] != delimiter {
                if c.bytes[c.index] == 0x0A || c.bytes[c.index] == 0x0D { throw .malformed(at: c.index) }
                c.index += 1
            }
            return try c.append(.string, start..<c.index, to: &tree)
        }
        c.index += 1
        let textStart = tree.unescaped.count
        var pieceStart = c.index, isInPieces = false
        while true {
            guard c.left > 0 else { throw .truncated }
            guard c.bytes[c.index] == quote else {
                c.index += 1
                continue
            }
            let piece = pieceStart..<c.index
            c.index += 1
            if c.left > 0, c.bytes[c.index] == quote {
                if let failure = JSONText.failure(in: c.bytes, piece) { throw failure }
                tree.unescaped.append(contentsOf: c.bytes[piece.lowerBound...piece.upperBound])
                c.index += 1
                (pieceStart, isInPieces) = (c.index, true)
                continue
            }
            if c.left > 0, c.bytes[c.index] != delimiter { throw .malformed(at: c.index) }
            guard isInPieces else { return try c.append(.string, piece, to: &tree) }
            if let failure = JSONText.failure(in: c.bytes, piece) { throw failure }
            tree.unescaped.append(contentsOf: c.bytes[piece])
            return try c.append(.string, unescapedFrom: textStart, from: start, to: &tree)
        }
    }
}
