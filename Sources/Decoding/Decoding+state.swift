import CareModel

extension Decoding {
    /// Writes the state, sorted by device, so that equal states give equal bytes.
    public func write(to w: inout ByteWriter) {
        zigbee.write(to: &w)
        sparkplug.write(to: &w)
        homie.write(to: &w)
        w.list(memories.sorted { $0.id < $1.id }) { $1.write(to: &$0) }
    }

    /// Reads what `write` wrote under the same `stateVersion`.
    public init(from r: inout ByteReader) throws(BinaryFailure) {
        self.init()
        zigbee = try ZigbeeNames(from: &r)
        sparkplug = try SparkplugNames(from: &r)
        homie = try HomieNames(from: &r)
        install(try r.list { (r: inout ByteReader) throws(BinaryFailure) in try DeviceMemory(from: &r) })
        guard slotByID.count == memories.count else { throw .malformed("a device stands twice", at: r.index) }
    }
}
