import CareModel

/// Somebody who signs in with a password of their own, or a screen on a wall with a token of its own.
public struct Account: Hashable, Sendable, Codable {
    /// As the person is called on the board and in the history: the actor of every press.
    public var name: String
    public var role: Role
    public var rights: Rights
    /// Memory-hard hash with its cost and salt; nil until the set-up link was used.
    public var password: String?
    /// The same of the few digits that open a locked screen; nil = the password opens it.
    public var pin: String?
    public var link: SetUpLink?
    /// Digest of a wall's token; such an account reads without names and has no password.
    public var wallToken: [UInt8]?
    public var isDisabled: Bool
    /// Sessions of an older one have ended: it counts changes of password, role, rights and state.
    public var generation: Int
    /// Seconds since 1970 of the newest sign-in with the password; nil = never.
    public var signedInAt: Int64?

    public init(
        name: String, role: Role, rights: Rights, password: String? = nil, pin: String? = nil, link: SetUpLink? = nil, wallToken: [UInt8]? = nil,
        isDisabled: Bool = false, generation: Int = 0, signedInAt: Int64? = nil
    ) {
        (self.name, self.role, self.rights, self.password, self.pin) = (name, role, rights, password, pin)
        (self.link, self.wallToken, self.isDisabled, self.generation) = (link, wallToken, isDisabled, generation)
        self.signedInAt = signedInAt
    }

    /// A link with which its owner sets the password, once.
    public struct SetUpLink: Hashable, Sendable, Codable {
        /// The code itself is with its owner alone.
        public var digest: [UInt8]
        /// Seconds since 1970.
        public var expiresAt: Int64

        public init(digest: [UInt8], expiresAt: Int64) { (self.digest, self.expiresAt) = (digest, expiresAt) }
    }

    var isWall: Bool { wallToken != nil }

    /// As whom its sessions act.
    var principal: Principal {
        Principal(actor: name, role: role, rights: rights, isPersonal: !isWall, isWall: isWall)
    }
}

extension Account {
    private enum CodingKeys: String, CodingKey {
        case name, role, everything, stations, homes, residents, password, pin, link, wallToken = "wall_token", disabled, generation, signedIn = "signed_in"
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        let roleName = try box.decode(String.self, forKey: .role)
        guard let role = Role.allCases.first(where: { $0.name == roleName }) else {
            throw DecodingError.dataCorruptedError(forKey: .role, in: box, debugDescription: "no such role: \(roleName)")
        }
        self.init(
            name: try box.decode(String.self, forKey: .name), role: role,
            rights: Rights(
                isEverything: try box.decode(Bool.self, forKey: .everything), stations: try box.decode([String].self, forKey: .stations),
                homes: try box.decode([String].self, forKey: .homes).map { HomeID($0) }, residents: try box.decode([String].self, forKey: .residents).map { ResidentID($0) }),
            password: try box.decodeIfPresent(String.self, forKey: .password), pin: try box.decodeIfPresent(String.self, forKey: .pin),
            link: try box.decodeIfPresent(SetUpLink.self, forKey: .link), wallToken: try box.decodeIfPresent([UInt8].self, forKey: .wallToken),
            isDisabled: try box.decode(Bool.self, forKey: .disabled), generation: try box.decode(Int.self, forKey: .generation),
            signedInAt: try box.decodeIfPresent(Int64.self, forKey: .signedIn))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(name, forKey: .name)
        try box.encode(role.name, forKey: .role)
        try box.encode(rights.isEverything, forKey: .everything)
        try box.encode(rights.stations, forKey: .stations)
        try box.encode(rights.homes.map(\.text), forKey: .homes)
        try box.encode(rights.residents.map(\.text), forKey: .residents)
        try box.encodeIfPresent(password, forKey: .password)
        try box.encodeIfPresent(pin, forKey: .pin)
        try box.encodeIfPresent(link, forKey: .link)
        try box.encodeIfPresent(wallToken, forKey: .wallToken)
        try box.encode(isDisabled, forKey: .disabled)
        try box.encode(generation, forKey: .generation)
        try box.encodeIfPresent(signedInAt, forKey: .signedIn)
    }
}
