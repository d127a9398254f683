/// What bounds a configuration. Each is tested at the limit and one past it.
public enum SettingsLimits {
    /// Values of one file, those that aliases repeat counted each time.
    public static let nodesPerFileMax = 400_000
    /// Mappings and lists inside each other.
    public static let depthMax = 64
    /// Rule files, and device profiles.
    public static let filesPerFolderMax = 2_000
    /// One file of the time-zone database; the largest has some 4 KB.
    public static let zoneFileBytesMax = 262_144
    /// Changes of offset are written out up to the end of this year, after which the last offset stays.
    public static let zoneYearMax = 2_100
}
