import CareModel
import Synchronization

/// Keeps accounts where they outlive the hub.
public protocol AccountStoring: Sendable {
    func load() throws -> [Account]
    /// Reads what is kept, has it changed, and keeps it: durable on return, one change at a time, also beside another process.
    func change(_ body: (inout [Account]) throws -> Void) throws -> [Account]
}

/// Turns secrets into what may be kept.
public protocol SecretKeeping: Sendable {
    /// A memory-hard hash that carries its cost and a fresh salt.
    /// - Throws: `SecretsBusy` when too many wait already.
    func hash(_ secret: String) async throws -> String
    /// Whether the hash is the secret's. Takes the time of a hash, whatever the answer.
    func matches(_ secret: String, _ hash: String) async throws -> Bool
    /// Of a secret that nobody can guess: SHA-256 in the hub.
    func digest(_ bytes: [UInt8]) -> [UInt8]
    /// 160 random bits or more, in letters and digits.
    func freshCode() -> String
}

/// More people are signing in than the hub can look at.
public struct SecretsBusy: Error, Sendable { public init() {} }

/// Everybody who may sign in.
public final class Accounts: Sendable {
    private let store: any AccountStoring
    private let secrets: any SecretKeeping
    private let now: @Sendable () -> Int64
    private let byName: Mutex<[String: Account]>

    /// - Parameter now: seconds since 1970, for the expiry of links.
    public init(store: any AccountStoring, secrets: any SecretKeeping, now: @escaping @Sendable () -> Int64) throws {
        (self.store, self.secrets, self.now) = (store, secrets, now)
        byName = Mutex(Accounts.table(try store.load()))
    }

    private static func table(_ accounts: [Account]) -> [String: Account] {
        Dictionary(accounts.map { (AccountRules.folded($0.name), $0) }) { first, _ in first }
    }

    /// Sorted by name.
    public var all: [Account] { byName.withLock { $0.values.sorted { $0.name < $1.name } } }

    func account(_ name: String) -> Account? { byName.withLock { $0[AccountRules.folded(name)] } }

    /// As whom a session acts that was opened for this account in this generation; nil when that has ended.
    func principal(_ name: String, generation: Int) -> Principal? {
        guard let account = account(name), account.generation == generation, !account.isDisabled else { return nil }
        return account.principal
    }

    func wall(token: String) -> Account? {
        guard (1...ServingLimits.tokenBytesMax).contains(token.utf8.count) else { return nil }
        let given = secrets.digest(Array(token.utf8))
        return all.first { !$0.isDisabled && TokenTable.areEqual($0.wallToken ?? [], given) }
    }

    /// - Returns: nil for a wrong name or password, a disabled account, or one that nobody has set up; each takes the same time.
    func logIn(_ name: String, _ password: String) async throws -> Account? {
        let found = account(name).flatMap { $0.isDisabled || $0.isWall ? nil : $0 }
        guard let hash = found?.password else {
            _ = try await secrets.hash(password)
            return nil
        }
        return try await secrets.matches(password, hash) ? found : nil
    }

    /// Keeps when somebody last signed in; a disk that is full must not keep a nurse out.
    func noteSignIn(_ name: String) {
        let at = now()
        try? change(name) { $0.signedInAt = at }
    }

    /// Whether a locked screen of that account may open: by its PIN, or by its password.
    func opens(_ name: String, pin: String?, password: String?) async throws -> Bool {
        guard let account = account(name), !account.isDisabled else { return false }
        if let password { return try await logIn(name, password) != nil }
        guard let pin, let hash = account.pin else { return false }
        return try await secrets.matches(pin, hash)
    }

    // MARK: - Changes

    /// Makes an account that waits for its owner.
    ///
    /// - Parameter seconds: how long the link may be used, 600...`ServingLimits.linkSecondsMax`.
    /// - Returns: the code of its set-up link.
    public func add(_ name: String, _ role: Role, _ rights: Rights, linkSeconds seconds: Int = ServingLimits.linkSecondsDefault) throws -> String {
        try AccountRules.checkName(name)
        try AccountRules.check(role, rights)
        let (code, link) = freshLink(seconds)
        try change { all in
            guard all.count < ServingLimits.accountsMax else { throw AccountFault("limit_reached", "a hub keeps at most \(ServingLimits.accountsMax) accounts") }
            guard !all.contains(where: { AccountRules.folded($0.name) == AccountRules.folded(name) }) else { throw AccountFault("name_taken", "there is an account of this name") }
            all.append(Account(name: name, role: role, rights: rights, link: link))
        }
        return code
    }

    /// Makes a screen's own token: it reads the wall without names, and nothing else.
    public func addWall(_ name: String, _ rights: Rights) throws -> String {
        try AccountRules.checkName(name)
        try AccountRules.check(.inspector, rights)
        let token = secrets.freshCode(), digest = secrets.digest(Array(token.utf8))
        try change { all in
            guard all.count < ServingLimits.accountsMax else { throw AccountFault("limit_reached", "a hub keeps at most \(ServingLimits.accountsMax) accounts") }
            guard !all.contains(where: { AccountRules.folded($0.name) == AccountRules.folded(name) }) else { throw AccountFault("name_taken", "there is an account of this name") }
            all.append(Account(name: name, role: .inspector, rights: rights, wallToken: digest))
        }
        return token
    }

    /// A new link for somebody who lost the password: the old password and every session end when it is used.
    public func renewLink(_ name: String, linkSeconds seconds: Int = ServingLimits.linkSecondsDefault) throws -> String {
        let (code, link) = freshLink(seconds)
        try change(name) { account in
            guard !account.isWall else { throw AccountFault.unknownAccount }
            account.link = link
        }
        return code
    }

    /// Ends its sessions at once; its name stays, because the history has it.
    public func setDisabled(_ name: String, _ isDisabled: Bool) throws {
        try change(name) { account in
            guard account.isDisabled != isDisabled else { return }
            account.isDisabled = isDisabled
            account.generation += 1
        }
    }

    public func setRights(_ name: String, _ role: Role, _ rights: Rights) throws {
        try AccountRules.check(role, rights)
        try change(name) { account in
            guard !account.isWall || role == .inspector else { throw AccountFault("malformed_rights", "a wall reads and does nothing else") }
            (account.role, account.rights) = (role, rights)
            account.generation += 1
        }
    }

    /// Whose link it is, while it may still be used.
    func owner(ofLink code: String) -> Account? {
        guard (1...ServingLimits.tokenBytesMax).contains(code.utf8.count) else { return nil }
        let given = secrets.digest(Array(code.utf8)), at = now()
        return all.first { account in
            guard let link = account.link, !account.isDisabled, at < link.expiresAt else { return false }
            return TokenTable.areEqual(link.digest, given)
        }
    }

    /// Uses a link: once.
    func setUp(code: String, password: String, pin: String?) async throws -> Account {
        guard let owner = owner(ofLink: code) else { throw AccountFault.linkSpent }
        try AccountRules.checkPassword(password, name: owner.name)
        if let pin { try AccountRules.checkPIN(pin) }
        let hash = try await secrets.hash(password)
        let pinHash: String? = if let pin { try await secrets.hash(pin) } else { nil }
        // Two browsers may have got here with one link: the first takes it.
        try change(owner.name) { account in
            guard account.link == owner.link, !account.isDisabled else { throw AccountFault.linkSpent }
            (account.password, account.pin, account.link) = (hash, pinHash, nil)
            account.generation += 1
        }
        guard let made = account(owner.name) else { throw AccountFault.unknownAccount }
        return made
    }

    /// - Returns: the account, or nil when the old password is wrong.
    func setPassword(_ name: String, from old: String, to new: String) async throws -> Account? {
        try AccountRules.checkPassword(new, name: name)
        guard try await logIn(name, old) != nil else { return nil }
        let hash = try await secrets.hash(new)
        try change(name) { account in
            account.password = hash
            account.generation += 1
        }
        return account(name)
    }

    /// - Parameter pin: nil takes it away; the password opens the screen then.
    /// - Returns: false when the password is wrong.
    func setPIN(_ name: String, password: String, to pin: String?) async throws -> Bool {
        if let pin { try AccountRules.checkPIN(pin) }
        guard try await logIn(name, password) != nil else { return false }
        let hash: String? = if let pin { try await secrets.hash(pin) } else { nil }
        try change(name) { $0.pin = hash }
        return true
    }

    private func freshLink(_ seconds: Int) -> (code: String, link: Account.SetUpLink) {
        let code = secrets.freshCode()
        let life = min(max(seconds, 600), ServingLimits.linkSecondsMax)
        return (code, Account.SetUpLink(digest: secrets.digest(Array(code.utf8)), expiresAt: now() + Int64(life)))
    }

    private func change(_ name: String, _ body: (inout Account) throws -> Void) throws {
        try change { all in
            guard let index = all.firstIndex(where: { AccountRules.folded($0.name) == AccountRules.folded(name) }) else { throw AccountFault.unknownAccount }
            try body(&all[index])
        }
    }

    private func change(_ body: (inout [Account]) throws -> Void) throws {
        let table = Accounts.table(try store.change(body))
        byName.withLock { $0 = table }
    }
}
