import CareModel
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

/// What stands in files and what the program does are held against each other.
@Suite struct ContractTests {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// `METHOD /path` of every operation in the OpenAPI file, by its indentation alone.
    static func documented() throws -> (operations: Set<String>, text: String) {
        let text = try String(contentsOf: root.appendingPathComponent("docs/schemas/openapi.yaml"), encoding: .utf8)
        var operations: Set<String> = []
        var path: String?
        var isInPaths = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if !line.hasPrefix(" "), line.hasSuffix(":") || line.contains(": ") { isInPaths = line == "paths:" }
            guard isInPaths else { continue }
            if line.hasPrefix("  /"), line.hasSuffix(":") { path = String(line.dropFirst(2).dropLast()) }
            for method in ["get", "post", "put", "delete", "patch", "head", "options"] where line == "    \(method):" {
                operations.insert("\(method.uppercased()) \(try #require(path))")
            }
        }
        return (operations, text)
    }

    @Test("every route of the router stands in the OpenAPI file, and every operation of the file is a route")
    func openAPI() throws {
        let routes = Fixture().server().table.filter { $0.path != "/" && !$0.path.hasPrefix("/page/") }
        let inRouter = Set(routes.map { "\($0.method.rawValue) \($0.path)" })
        let (inFile, text) = try Self.documented()
        #expect(inFile.subtracting(inRouter) == [] && inRouter.subtracting(inFile) == [])
        #expect(text.hasPrefix("openapi: 3.1.") && !text.contains("\t"))
    }

    @Test("limits that the OpenAPI file states are the program's")
    func limits() throws {
        let text = try Self.documented().text
        for line in [
            "maximum: \(ServingLimits.waitSecondsMax)", "maximum: \(ServingLimits.listMax)", "default: \(ServingLimits.listDefault)",
            "maximum: \(ServingLimits.armSecondsMax)", "maxLength: \(ServingLimits.commandIDBytesMax)", "maxLength: \(ServingLimits.cursorBytesMax)",
        ] { #expect(text.contains(line), "\(line)") }
    }

    /// One sample line, taken apart without the program's help: name, labels, value.
    static func sample(_ line: Substring) -> (name: String, labels: [String: String], value: Double)? {
        var rest = line[...]
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        guard let first = name.first, !first.isNumber else { return nil }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let label = rest.prefix { $0 != "=" }
                rest = rest.dropFirst(label.count + 1)
                guard !label.isEmpty, rest.first == "\"" else { return nil }
                rest = rest.dropFirst()
                var value = ""
                while let c = rest.first, c != "\"" {
                    rest = rest.dropFirst()
                    if c == "\\" {
                        guard let escaped = rest.first, "\\\"n".contains(escaped) else { return nil }
                        rest = rest.dropFirst()
                        value.append(escaped == "n" ? "\n" : escaped)
                    } else { value.append(c) }
                }
                guard rest.first == "\"", labels.updateValue(value, forKey: String(label)) == nil else { return nil }
                rest = rest.dropFirst()
                if rest.first == "," { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", let value = Double(rest.dropFirst()) else { return nil }
        return (String(name), labels, value)
    }

    @Test("the metrics come as Prometheus text that an independent parser reads")
    func metrics() async throws {
        let fixture = Fixture()
        fixture.hub.change {
            $0.exposition = """
                # HELP vigil_rejected_total Messages that gave nothing.
                # TYPE vigil_rejected_total counter
                vigil_rejected_total{reason="not \\"utf8\\"",profile="a\\\\b"} 2
                # TYPE vigil_stage_seconds histogram
                vigil_stage_seconds_bucket{stage="decode",le="+Inf"} 7

                """
        }
        try await fixture.ask { client async throws in
            let response = try await client.send(.get, "/metrics")
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8" && response.text.hasSuffix("\n"))
            let lines = response.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            let samples = lines.compactMap(Self.sample)
            #expect(samples.count == 2 && lines.count == 2)
            #expect(samples.first?.labels == ["reason": "not \"utf8\"", "profile": "a\\b"] && samples.last?.value == 7)
        }
        #expect(Self.sample("1bad 2") == nil && Self.sample("x{a=b} 1") == nil && Self.sample("x one") == nil)
    }

    @Test("the page comes without a token, from the hub alone, under a policy without exceptions")
    func page() async throws {
        let fixture = Fixture()
        let files = fixture.server().table.filter { $0.access == .open && ($0.path == "/" || $0.path.hasPrefix("/page/")) }
        #expect(files.count == PageRoutes.files.count && files.count >= 8)
        try await fixture.ask { client async throws in
            for file in files {
                let response = try await client.send(.get, file.path, token: nil)
                #expect(response.status == .ok && !response.text.isEmpty)
                let policy = try #require(response.headers[.contentSecurityPolicy])
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains("*"))
                #expect(response.headers[.xContentTypeOptions] == "nosniff" && response.headers[Guard.field("Referrer-Policy")] == "no-referrer")
                for banned in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://", "https://", "style=", "onclick="] {
                    #expect(!response.text.contains(banned), "\(file.path) has \(banned)")
                }
            }
            let index = try await client.send(.get, "/", token: nil).text
            #expect(index.contains("<html lang=\"zh-CN\">") && index.contains("/page/main.js") && index.contains("/page/page.css"))
        }
        // Pages on a cheap phone: what each of them loads stays small.
        for page in files where page.path == "/" || page.path.hasSuffix(".html") {
            #expect(try Self.weight(of: page.path) <= 150_000, "\(page.path)")
        }
    }

    /// The bytes of a page with everything that it loads, found by following its own links.
    static func weight(of page: String) throws -> Int {
        var waiting = [page], seen: Set<String> = [], sum = 0
        while let path = waiting.popLast() {
            guard seen.insert(path).inserted else { continue }
            let file = try #require(PageRoutes.files.first { $0.path == path }, "\(page) wants \(path), which is no file of the page")
            sum += file.bytes.count
            let text = String(decoding: file.bytes, as: UTF8.self)
            if path.hasSuffix(".js") {
                waiting += text.components(separatedBy: "'./").dropFirst().compactMap { $0.components(separatedBy: "'").first }.map { "/page/" + $0 }
            } else {
                waiting += text.components(separatedBy: "\"/page/").dropFirst().compactMap { $0.components(separatedBy: "\"").first }
                    .filter { !$0.contains(".html") }.map { "/page/" + $0 }
            }
        }
        return sum
    }

    @Test("both languages of the page have the same words")
    func words() throws {
        for file in [PackageResources.words_js, PackageResources.words_more_js, PackageResources.people_words_js] { try Self.words(String(decoding: file, as: UTF8.self)) }
    }

    private static func words(_ text: String) throws {
        let halves = text.components(separatedBy: "\n  en: {")
        try #require(halves.count == 2)
        func names(_ half: String) -> Set<String> {
            Set(half.components(separatedBy: CharacterSet(charactersIn: ",{\n")).compactMap { part in
                let pair = part.trimmingCharacters(in: .whitespaces).components(separatedBy: ": '")
                return pair.count == 2 ? pair[0] : nil
            })
        }
        let table = halves[1].components(separatedBy: "\n}")[0]
        #expect(names(halves[0]).count > 40 && names(halves[0]) == names(table))
    }

    @Test("both languages of the words about access have the same ones")
    func accessWords() {
        let halves = String(decoding: PackageResources.access_words_js, as: UTF8.self).components(separatedBy: "\n  en: {")
        func names(_ half: String) -> Set<String> {
            Set(half.components(separatedBy: "', ").flatMap { $0.components(separatedBy: "',\n") }.compactMap { part in
                let name = part.components(separatedBy: ": '")[0].components(separatedBy: "{").last?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
                return part.contains(": '") ? name : nil
            })
        }
        #expect(halves.count == 2 && names(halves[0]).count > 40 && names(halves[0]) == names(halves[1]))
        for role in Role.allCases where role != .device { #expect(names(halves[0]).contains("role_" + role.name)) }
    }

    @Test("every kind, quality and step of an incident has a name for people")
    func names() throws {
        let text = String(decoding: PackageResources.names_js, as: UTF8.self)
        for entry in KindTable.entries { #expect(text.contains("'\(entry.name)': ["), "\(entry.name)") }
        for (_, name) in Quality.named { #expect(text.contains(" \(name): ["), "\(name)") }
        let guide = try String(contentsOf: Self.root.appendingPathComponent("docs/incidents.md"), encoding: .utf8)
        let row = try #require(guide.split(separator: "\n").first { $0.hasPrefix("| `annotations` |") })
        let steps = row.split(separator: "`").map(String.init).filter { $0.allSatisfy { $0.isLowercase || $0 == "_" } && !["annotations", "_late"].contains($0) }
        #expect(steps.count > 20)
        for step in steps { #expect(text.contains(" \(step): ["), "\(step)") }
    }

    @Test("health is open and says why, readiness needs a token")
    func health() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            let live = try await client.send(.get, "/healthz", token: nil)
            #expect(live.status == .ok && live.text == #"{"status":"live","reasons":[]}"#)
            fixture.hub.change { $0.health = Health(isLive: false, isReady: false, reasons: [Health.Reason(code: "commit_failed", text: "disk full")]) }
            let failing = try await client.send(.get, "/healthz", token: nil)
            #expect(failing.status == .serviceUnavailable && failing.text.contains(#""code":"commit_failed""#))
            let ready = try await client.send(.get, "/readyz", token: "token-family")
            #expect(ready.status == .serviceUnavailable && ready.text.contains("not_ready"))
        }
    }

    @Test("a full house refuses the next request but never the question whether it lives")
    func ceiling() async throws {
        let server = Fixture().server()
        var places = (1..<ServingLimits.requestsMax).compactMap { _ in server.requests.enter() }
        try await server.application().test(.router) { client async throws in
            let response = try await client.send(.get, "/readyz")
            #expect(response.status == .ok)
        }
        places.append(try #require(server.requests.enter()))
        try await server.application().test(.router) { client async throws in
            let response = try await client.send(.get, "/readyz")
            #expect(response.status == .serviceUnavailable && response.code == "too_many_requests" && response.headers[.retryAfter] == "1")
            let health = try await client.send(.get, "/healthz", token: nil)
            #expect(health.status == .ok)
        }
        places.removeAll()
    }
}
