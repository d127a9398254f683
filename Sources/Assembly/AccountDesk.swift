import CareModel
import Foundation
import Serving
import Settings

/// `vigil account`: through a live hub, else in the file of its data folder.
public struct AccountDesk: Sendable {
    private let configurationPath: String

    public init(configurationPath: String) { self.configurationPath = configurationPath }

    /// - Parameters:
    ///   - path: of the API, with names escaped.
    ///   - otherwise: the same without a hub.
    private func ask(_ path: String, _ body: [String: HubAPI.Member]?, otherwise: (Accounts) throws -> [String: Any]) async throws -> [String: Any] {
        do {
            let answer = try await HubAPI(configurationPath: configurationPath).call(path, post: body)
            return (try JSONSerialization.jsonObject(with: Data(answer))) as? [String: Any] ?? [:]
        } catch is Gateway.StartFailure {
            let folder = Gateway.absolute(settings.dataFolder)
            guard FileManager.default.fileExists(atPath: folder) else { throw Gateway.StartFailure(description: "there is no data folder \(folder) yet: start a hub with \"vigil run\" first") }
            let accounts = try Accounts(store: AccountFile(folder), secrets: Secrets(), now: { Int64(Date().timeIntervalSince1970) })
            return try otherwise(accounts)
        }
    }

    private var settings: HubSettings { HubSettings.lookUp(configurationPath, environment: ProcessInfo.processInfo.environment) }

    /// What a role may reach, as the command line gives it.
    public struct Reach: Sendable {
        public var stations: [String], homes: [String], residents: [String]

        public init(stations: [String], homes: [String], residents: [String]) { (self.stations, self.homes, self.residents) = (stations, homes, residents) }

        private var isEverything: Bool { stations.isEmpty && homes.isEmpty && residents.isEmpty }
        fileprivate var rights: Rights {
            Rights(isEverything: isEverything, stations: stations, homes: homes.map { HomeID($0) }, residents: residents.map { ResidentID($0) })
        }
        fileprivate var members: [String: HubAPI.Member] {
            ["everything": .flag(isEverything), "stations": .list(stations), "homes": .list(homes), "residents": .list(residents)]
        }
    }

    private func role(_ name: String) throws -> Role {
        guard let role = Role.allCases.first(where: { $0.name == name && $0 != .device }) else {
            throw Gateway.StartFailure(description: "no such role: \(name); the roles are " + Role.allCases.filter { $0 != .device }.map(\.name).joined(separator: ", "))
        }
        return role
    }

    public func add(_ name: String, role roleName: String, _ reach: Reach, hours: Int) async throws -> [String] {
        let role = try role(roleName)
        let body = reach.members.merging(["name": .text(name), "role": .text(roleName), "link_seconds": .number(hours * 3_600)]) { $1 }
        let answer = try await ask("/api/v1/accounts", body) { ["code": try $0.add(name, role, reach.rights, linkSeconds: hours * 3_600)] }
        return linkLines(answer, hours)
    }

    public func addWall(_ name: String, _ reach: Reach) async throws -> [String] {
        let answer = try await ask("/api/v1/accounts", reach.members.merging(["name": .text(name), "wall": .flag(true)]) { $1 }) { ["token": try $0.addWall(name, reach.rights)] }
        let link = SetUpLinks(settings).wall(answer["token"] as? String ?? "")
        return SetUpLinks.lines(link, hours: nil, picture: SetUpLinks.picture(link))
    }

    public func link(_ name: String, hours: Int) async throws -> [String] {
        let answer = try await ask("/api/v1/accounts/\(HubAPI.escaped(name))/link", ["link_seconds": .number(hours * 3_600)]) { ["code": try $0.renewLink(name, linkSeconds: hours * 3_600)] }
        return linkLines(answer, hours)
    }

    public func setDisabled(_ name: String, _ isDisabled: Bool) async throws -> [String] {
        _ = try await ask("/api/v1/accounts/\(HubAPI.escaped(name))/\(isDisabled ? "disable" : "enable")", [:]) { accounts in
            try accounts.setDisabled(name, isDisabled)
            return [:]
        }
        return ["\(name): \(isDisabled ? "disabled, its sessions have ended" : "in use again")"]
    }

    public func setRights(_ name: String, role roleName: String, _ reach: Reach) async throws -> [String] {
        let role = try role(roleName)
        _ = try await ask("/api/v1/accounts/\(HubAPI.escaped(name))/rights", reach.members.merging(["role": .text(roleName)]) { $1 }) { accounts in
            try accounts.setRights(name, role, reach.rights)
            return [:]
        }
        return ["\(name): \(roleName)"]
    }

    /// One account a line: name, role, what it reaches, and its state.
    public func list() async throws -> [String] {
        let answer = try await ask("/api/v1/accounts", nil) { accounts in
            ["accounts": accounts.all.map { account in
                [
                    "name": account.name, "role": account.role.name, "everything": account.rights.isEverything, "stations": account.rights.stations,
                    "homes": account.rights.homes.map(\.text), "residents": account.rights.residents.map(\.text), "is_wall": account.wallToken != nil,
                    "is_set_up": account.password != nil || account.wallToken != nil, "is_disabled": account.isDisabled,
                ] as [String: Any]
            }]
        }
        return (answer["accounts"] as? [[String: Any]] ?? []).map { account in
            let reach = account["everything"] as? Bool == true ? ["everything"]
                : ["stations", "homes", "residents"].flatMap { key in (account[key] as? [String] ?? []).map { "\(key.dropLast()) \($0)" } }
            let isWall = account["is_wall"] as? Bool == true
            let state = account["is_disabled"] as? Bool == true ? "disabled" : account["is_set_up"] as? Bool == true ? "in use" : "waits for its set-up link"
            return [account["name"] as? String ?? "", isWall ? "wall" : account["role"] as? String ?? "", reach.joined(separator: ", "), state].joined(separator: "\t")
        }
    }

    private func linkLines(_ answer: [String: Any], _ hours: Int) -> [String] {
        let link = SetUpLinks(settings).setUp(answer["code"] as? String ?? "")
        return SetUpLinks.lines(link, hours: hours, picture: SetUpLinks.picture(link))
    }
}
