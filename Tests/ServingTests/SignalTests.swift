import CareModel
import Testing
@testable import Serving

@Suite struct SignalTests {
    @Test("a commit between reading and waiting is not slept through")
    func noLostWake() async {
        let signal = CommitSignal()
        let seen = signal.generation
        signal.committed()
        let start = ContinuousClock.now
        await signal.wait(past: seen, for: .seconds(60))
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("every waiter wakes at a commit, at its limit, at a cancellation and at the end")
    func wakes() async throws {
        let signal = CommitSignal()
        let three = (0..<3).map { _ in Task { await signal.wait(past: signal.generation, for: .seconds(60)) } }
        try await until("they never waited") { signal.waiterCount == 3 }
        signal.committed()
        for task in three { await task.value }
        let cancelled = Task { await signal.wait(past: signal.generation, for: .seconds(60)) }
        try await until("it never waited") { signal.waiterCount == 1 }
        cancelled.cancel()
        await cancelled.value
        await signal.wait(past: signal.generation, for: .milliseconds(5))
        #expect(signal.waiterCount == 0)
        let last = Task { await signal.wait(past: signal.generation, for: .seconds(60)) }
        try await until("it never waited") { signal.waiterCount == 1 }
        signal.close()
        await last.value
        await signal.wait(past: signal.generation, for: .seconds(60))
    }

    @Test("ten thousand commits against short waits leave nobody behind")
    func race() async {
        let signal = CommitSignal()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<200 { await signal.wait(past: signal.generation, for: .microseconds(50)) } }
            }
            group.addTask { for _ in 0..<10_000 { signal.committed() } }
        }
        #expect(signal.waiterCount == 0)
    }

    @Test("a cursor reads back what it wrote, and nothing else", arguments: [
        ("HUB-E1.7", "HUB-E1.7"), ("a.b.0", "a.b.0"), ("12", "12"), ("HUB-E1.9223372036854775807", "HUB-E1.9223372036854775807"),
        ("HUB-E1.9223372036854775808", nil), ("", nil), (".1", nil), ("x.", nil), ("x", nil), ("-1", nil), ("x.+1", nil), ("x.１", nil),
        (String(repeating: "a", count: 190) + ".1", String(repeating: "a", count: 190) + ".1"), (String(repeating: "a", count: 191) + ".1", nil),
    ] as [(String, String?)])
    func cursor(text: String, expected: String?) { #expect(Cursor(text)?.text == expected) }

    @Test("a token is accepted whole and alone, up to the longest")
    func tokens() {
        let long = String(repeating: "t", count: ServingLimits.tokenBytesMax)
        let principal = Principal(actor: "a", role: .inspector)
        let table = TokenTable([(Array(long.utf8), principal), ([], principal), (Array("\(long)t".utf8), principal)]) { $0 }
        #expect(table.principal(token: long) == principal)
        for wrong in ["", "t", String(long.dropLast()), long + "t", "u" + long.dropFirst()] { #expect(table.principal(token: wrong) == nil) }
    }

    @Test("base64 agrees with the examples of RFC 4648", arguments: zip(
        ["", "f", "fo", "foo", "foob", "fooba", "foobar"], ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
    ))
    func encoding(text: String, expected: String) { #expect(base64(Array(text.utf8)) == expected) }

    @Test("the last free place is given, the next one isn't, and a place given back is given again")
    func admission() {
        let admission = Admission(limit: 2)
        var places = [admission.enter(), admission.enter()]
        #expect(places.allSatisfy { $0 != nil } && admission.enter() == nil)
        places.removeLast()
        #expect(admission.enter() != nil && admission.open == 1)
    }

    @Test("the addresses whose failures are remembered are bounded")
    func attempts() {
        let clock = TestClock()
        let attempts = Attempts(now: { clock.now })
        for _ in 0..<ServingLimits.failedAttemptsMax { attempts.failed("first") }
        #expect(attempts.secondsToWait("first") == ServingLimits.attemptWindowSeconds + 1)
        clock.move(.milliseconds(1))
        for n in 1..<ServingLimits.attemptAddressesMax { attempts.failed("\(n)") }
        #expect(attempts.secondsToWait("first") != nil)
        attempts.failed("one more")
        #expect(attempts.secondsToWait("first") == nil)
    }
}
