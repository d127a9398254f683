/// Every limit that more than one stage must respect; a stage's own limits stand in the stage.
///
/// Each is tested at the limit and one past it.
public enum Limits {
    /// The longest payload that is decoded; a longer one is kept, rejected and, from a safety device, an incident.
    public static let payloadBytesMax = 65_536
    /// MQTT allows 65,535; no device that we know of uses over 200.
    public static let topicBytesMax = 1_024
    /// Readings that one message may give, batches included.
    public static let readingsPerMessageMax = 1_000
    /// Messages taken in one turn of the sequencer, and so in one transaction.
    public static let messagesPerTurnMax = 512
    /// Text of a device, for instance an identifier or a code, before normalisation.
    public static let identifierBytesMax = 128
    /// Pieces of evidence that an incident keeps; older ones are counted and dropped from the middle.
    public static let evidencePerIncidentMax = 32
    /// A note or reason that a person writes.
    public static let noteBytesMax = 4_096
    /// Configuration: one file.
    public static let configurationFileBytesMax = 8 * 1_024 * 1_024
}
