import Capture
import Foundation
import Settings
import Testing

@testable import Assembly

@Suite("Accounts of the managed broker")
struct BrokerAccountsTests {
    @Test("every family of devices may write its own topics and announce itself to Home Assistant, and may read no announcement")
    func announcements() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        let loaded = try LoadedConfiguration.load(root + "/config", environment: [:])
        let settings = HubSettings.lookUp(root + "/config", environment: [:])
        let accounts = try BrokerConfiguration(settings, folder: "/nowhere", loaded).accounts
        let announcing = ["homeassistant/+/+/config", "homeassistant/+/+/+/config"]
        for user in ["zigbee2mqtt", "tele", "homie", "devices", "homeassistant"] {
            let access = try #require(accounts.first { $0.user == user }, "\(user)").access
            #expect(Set(announcing).isSubset(of: access.filter { $0.mode == .write }.map(\.filter)), "\(user)")
            #expect(Set(access.filter { $0.mode == .write }.map(\.filter)).count == access.count { $0.mode == .write }, "\(user): a filter stands twice")
            #expect(user == "homeassistant" || !access.contains { $0.mode != .write && $0.filter.hasPrefix("homeassistant") }, "\(user)")
        }
        let care = try #require(accounts.first { $0.user == "care" })
        #expect(!care.access.contains { $0.mode != .read })
    }
}
