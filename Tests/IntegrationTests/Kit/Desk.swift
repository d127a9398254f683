import Foundation
import Simulation

/// A hub, its devices and the browsers of one test.
final class Desk {
    let hub: HubProcess
    let generator: Generator
    private let chromedriver: Chromedriver

    private init(residents: Int, homes: String?, change: (String) throws -> Void) async throws {
        hub = try HubProcess(homes: homes ?? SimulatedDay.homesYAML(residents: residents, seed: 1), change: change)
        try await hub.start(seconds: 120)
        generator = try Generator(hub: hub, residents: residents, background: 0, record: hub.folder + "/acknowledged")
        chromedriver = try await Chromedriver(folder: hub.folder)
    }

    /// Runs a test at a desk of its own and puts everything away, however it ends.
    ///
    /// - Parameters:
    ///   - homes: instead of simulated ones.
    ///   - change: edits the configuration folder, given its path.
    static func with(
        residents: Int, homes: String? = nil, change: (String) throws -> Void = { _ in }, _ body: (Desk) async throws -> Void
    ) async throws {
        let desk = try await Desk(residents: residents, homes: homes, change: change)
        let result: Result<Void, any Error>
        do { result = .success(try await body(desk)) } catch { result = .failure(error) }
        // The hub first: boards that are open don't hold it up.
        let stopped: Result<Void, any Error>
        do { stopped = .success(try await desk.hub.stop()) } catch { stopped = .failure(error) }
        try await desk.chromedriver.stop()
        try await desk.generator.stop()
        try result.get()
        try stopped.get()
    }

    /// A browser that is signed in and sees the list.
    ///
    /// - Parameter port: another way to the hub.
    func board(mayPlay: Bool = false, port: UInt16? = nil) async throws -> Browser {
        let browser = try chromedriver.browser(mayPlay: mayPlay)
        try browser.open("http://127.0.0.1:\(port ?? hub.httpPort)/#token=\(hub.token)")
        try await browser.await("document.documentElement.dataset.link === 'linked'")
        return browser
    }

    /// A browser that nobody is signed in with.
    func signedOut() async throws -> Browser {
        let browser = try chromedriver.browser()
        try browser.open("http://127.0.0.1:\(hub.httpPort)/")
        return browser
    }

    /// A browser that shows nothing yet.
    func blank(mayPlay: Bool = false) throws -> Browser { try chromedriver.browser(mayPlay: mayPlay) }

    /// The technician's page, in a browser that is signed in.
    func devices() async throws -> Browser {
        let browser = try await board()
        try browser.open("http://127.0.0.1:\(hub.httpPort)/page/devices.html")
        try await browser.await("document.documentElement.dataset.link === 'linked'")
        return browser
    }
}
