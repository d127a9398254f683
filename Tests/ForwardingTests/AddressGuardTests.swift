import CareModel
import Testing

@testable import Forwarding

@Suite("Where a webhook may lead")
struct AddressGuardTests {
    /// What a name of the table answers; the second answer is what a rebinding name gives later.
    static let names: [String: [String]] = [
        "receiver.example": ["93.184.215.14"], "inner.example": ["10.0.0.5"], "loop.example": ["127.0.0.1"], "six.example": ["::1"],
        "mixed.example": ["93.184.215.14", "192.168.1.1"], "meta.example": ["169.254.169.254"], "mapped.example": ["::ffff:10.0.0.5"],
        "localhost": ["127.0.0.1", "::1"], "nobody.example": [], "127.0.0.1.nip.example": ["127.0.0.1"], "unique.example": ["fd12::1"],
    ]

    /// Ways to make a hub ask where it must not: each is refused, by its form or by where it leads.
    static let tricks: [String] = [
        // Odd forms of IPv4 addresses.
        "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://017700000001/",
        "https://0177.0.0.1/", "https://127.0.0.01/", "https://127.000.000.001/", "https://256.256.256.256/", "https://1.2.3/", "https://1.2.3.4.5/", "https://0/",
        "https://0.0.0.0/", "https://127.0.0.0x1/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://%31%32%37.0.0.1/",
        // Private and special networks.
        "https://10.1.2.3/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.0.1/", "https://100.64.0.1/", "https://169.254.169.254/latest/meta-data/",
        "https://100.100.100.200/", "https://198.18.0.1/", "https://224.0.0.1/", "https://255.255.255.255/", "https://192.0.0.192/", "https://203.0.113.9/",
        // IPv6, and IPv4 inside it.
        "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:a00:5]/", "https://[::127.0.0.1]/",
        "https://[64:ff9b::169.254.169.254]/", "https://[2002:7f00:1::]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/",
        "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[2001::1]/", "https://[::1", "https://[127.0.0.1]/", "https://[::1]x/",
        // Users, passwords, and signs that programs read differently.
        "https://receiver.example@127.0.0.1/", "https://user:password@receiver.example/", "https://receiver.example:443@127.0.0.1/", "https://127.0.0.1\\@receiver.example/",
        "https://receiver.example\\.127.0.0.1/", "https://receiver.example#@127.0.0.1/", "https://127.0.0.1%23.receiver.example/", "https://receiver.example%00.inner.example/",
        "https://receiver.example\t.inner.example/", "https://receiver.example\r\nHost: inner/", " https://receiver.example/", "https:///127.0.0.1/", "https:127.0.0.1",
        "https://receiver.example:0/", "https://receiver.example:65536/", "https://receiver.example:080/", "https://receiver.example:/", "https://receiver.example:44 3/",
        // Names.
        "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://receiver.example./", "https://inner.example/", "https://loop.example/", "https://six.example/",
        "https://meta.example/", "https://mapped.example/", "https://unique.example/", "https://mixed.example/", "https://nobody.example/", "https://127.0.0.1.nip.example/",
        "https://receiver..example/", "https://-receiver.example/", "https://reçeiver.example/", "https://receiver_1.example/", "https:///", "https://",
        // Other schemes, and plain HTTP to the internet.
        "http://receiver.example/", "http://93.184.215.14/", "HTTPS://receiver.example/", "file:///etc/passwd", "gopher://receiver.example/", "ftp://receiver.example/", "//receiver.example/", "unix:/run/x",
        "dict://127.0.0.1:11211/", "javascript:alert(1)",
    ]

    /// Nil when a request would be made.
    private func refusal(_ url: String, allowing: [String] = []) async -> String? {
        let target: WebhookTarget
        do { target = try WebhookTarget(url) } catch { return error.description }
        let guarding = AddressGuard(allowed: allowing.compactMap { AddressRange($0) })
        let line = WebhookLine(WebhookConfiguration(target: target, secretFile: "", guarding: guarding)) { name in (AddressGuardTests.names[name] ?? []).compactMap { IPAddress($0) } }
        do {
            _ = try await line.checkedAddress()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("every trick is refused, and there are more than 40", arguments: tricks)
    func refuses(url: String) async {
        #expect(AddressGuardTests.tricks.count > 40 && Set(AddressGuardTests.tricks).count == AddressGuardTests.tricks.count)
        #expect(await refusal(url) != nil)
    }

    @Test("what is meant goes through", arguments: [
        "https://receiver.example/", "https://receiver.example:8443/hooks/vigil?station=3", "https://Receiver.Example", "https://93.184.215.14/", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        "https://receiver.example?x=1", "https://93.184.215.14:8443/",
    ])
    func passes(url: String) async { #expect(await refusal(url) == nil) }

    @Test("allow_private opens the named range and nothing beside it; metadata and link-local addresses stay shut")
    func allowed() async {
        #expect(await refusal("https://10.0.0.5/", allowing: ["10.0.0.0/24"]) == nil)
        #expect(await refusal("http://inner.example/", allowing: ["10.0.0.0/24"]) == nil)
        #expect(await refusal("https://mapped.example/", allowing: ["10.0.0.0/24"]) == nil, "another way to write an allowed one")
        #expect(await refusal("https://10.0.1.5/", allowing: ["10.0.0.0/24"]) != nil)
        #expect(await refusal("http://receiver.example/", allowing: ["10.0.0.0/24"]) != nil, "plain HTTP is for the own network alone")
        #expect(await refusal("https://100.100.100.200/", allowing: ["100.64.0.0/10"]) != nil)
        #expect(await refusal("https://[fd00:ec2::254]/", allowing: ["fc00::/7"]) != nil)
        #expect(await refusal("https://mixed.example/", allowing: ["192.168.1.0/24"]) == nil)
        let range = AddressRange("10.0.0.128/25")
        for (text, isIn) in [("10.0.0.127", false), ("10.0.0.128", true), ("10.0.0.255", true), ("10.0.1.0", false), ("::ffff:10.0.0.130", false)] {
            #expect(IPAddress(text).map { range?.contains($0) } == isIn)
        }
        for text in ["10.0.0.1/24", "10.0.0.0/33", "10.0.0.0", "10.0.0.0/08", "10.0.0.0/-1", "x/8", "fc00::/129"] { #expect(AddressRange(text) == nil, "\(text)") }
    }

    @Test("the URL that is asked for is made of the parts that were checked")
    func parts() throws {
        let target = try WebhookTarget("https://Receiver.Example:8443?x=%2F")
        #expect(target.url == "https://receiver.example:8443/?x=%2F" && target.host == "receiver.example" && target.address == nil)
        #expect(try WebhookTarget("http://[::FFFF:10.0.0.5]").url == "http://[::ffff:10.0.0.5]:80/")
        let longest = "https://receiver.example/" + String(repeating: "a", count: WebhookTarget.bytesMax - 25)
        #expect(longest.utf8.count == WebhookTarget.bytesMax)
        #expect(throws: Never.self) { try WebhookTarget(longest) }
        #expect(throws: WebhookTarget.Odd.self) { try WebhookTarget(longest + "a") }
    }
}
