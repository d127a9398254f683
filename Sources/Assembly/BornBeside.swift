import CareModel
import Decoding
import Formats
import Simulation

/// Puts the date of birth beside an incident that goes to the hub's own pages, so that a card can say how old the person is.
///
/// It is read from homes.yaml as it is now and never stored: what goes to queues, files and readers without names stays as it was written.
struct BornBeside {
    let household: Household

    /// - Parameter full: one revision with names, canonical JSON.
    /// - Returns: the same with `resident_born` as its last member; unchanged where it is about nobody, about several people, or about
    ///   somebody whose birth nobody wrote down.
    func adding(to full: [UInt8]) -> [UInt8] {
        guard full.last == UInt8(ascii: "}"), let id = BornBeside.resident(in: full), let index = household.resident(id) else { return full }
        let born = household.residents[index].born
        guard !born.isEmpty else { return full }
        var w = JSONWriter(reserving: 32)
        w.beginObject()
        w.key("resident_born"); w.string(born)
        w.endObject()
        var out: [UInt8] = []
        out.reserveCapacity(full.count + w.bytes.count)
        out.append(contentsOf: full.dropLast())
        out.append(UInt8(ascii: ","))
        out.append(contentsOf: w.bytes.dropFirst())
        return out
    }

    /// The one resident; nil where there is none. These bytes stand nowhere but at the member itself: a quotation mark within a text is escaped.
    private static func resident(in full: [UInt8]) -> ResidentID? {
        let member = Array(",\"resident\":\"".utf8)
        // The member stands near the end, behind the evidence.
        let starts = stride(from: full.count - member.count, through: 0, by: -1)
        guard let start = starts.first(where: { full[$0...].starts(with: member) }) else { return nil }
        let text = full[(start + member.count)...].prefix { $0 != UInt8(ascii: "\"") }
        guard text.contains(UInt8(ascii: "\\")) else { return ResidentID(String(decoding: text, as: UTF8.self)) }
        return (try? JSONReader.read(full, limits: DeviceLog.limits))?["resident"]?.text.map { ResidentID($0) }
    }
}
