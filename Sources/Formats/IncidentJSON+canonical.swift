import CareModel

extension IncidentJSON {
    /// The canonical form out of the delivery form: without its `origin`.
    ///
    /// - Parameter json: what `delivery` gave; a quotation mark inside a text is always escaped, so the member is found by its bytes.
    public static func canonical(fromDelivery json: [UInt8]) -> [UInt8] {
        let mark = Array("\"origin\":\"".utf8)
        guard json.count > mark.count else { return json }
        var start = 0
        while start + mark.count < json.count {
            if json[start] == mark[0], json[start..<start + mark.count].elementsEqual(mark), start > 0, json[start - 1] == UInt8(ascii: ",") {
                guard let end = json[(start + mark.count)...].firstIndex(of: UInt8(ascii: "\"")), end + 1 < json.count else { return json }
                let next = json[end + 1] == UInt8(ascii: ",") ? end + 2 : end + 1
                return Array(json[..<start]) + Array(json[next...])
            }
            start += 1
        }
        return json
    }
}
