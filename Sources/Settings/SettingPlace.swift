import CareModel

/// Where a setting stands, for messages about it; of no weight when two configurations are compared.
public struct SettingPlace: Hashable, Sendable {
    public let place: Place

    public init(_ place: Place) { self.place = place }

    public static func == (a: SettingPlace, b: SettingPlace) -> Bool { true }
    public func hash(into hasher: inout Hasher) {}
}
