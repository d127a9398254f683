import Capture
import CareModel
import Testing

@Suite struct GatheringTests {
    /// Turns of `taken` messages, `apart` microseconds from start to start, each half as long; gives the last pause.
    private func pause(taken: Int, apart: Int64, turns: Int = 400) -> Span {
        var gathering = Gathering(at: 0)
        var last = Span.zero
        for turn in 0..<turns {
            let begun = Int64(turn) * apart
            last = gathering.pause(after: taken, begun: begun, now: begun + apart / 2)
        }
        return last
    }

    @Test("a stream below the rate is taken as it comes, one at the rate gathers")
    func rate() {
        #expect(pause(taken: 1, apart: 1_000) == .zero)
        #expect(pause(taken: 39, apart: 10_000) == .zero)
        #expect(pause(taken: 40, apart: 10_000) == Span(microseconds: 11_000))
        #expect(pause(taken: 41, apart: 10_000) == Span(microseconds: 11_000))
    }

    @Test("a turn that was long already, or nearly full, is followed at once")
    func full() {
        #expect(pause(taken: 200, apart: 40_000) == .zero)
        #expect(pause(taken: Gathering.enough, apart: 20_000) == .zero)
        #expect(pause(taken: Gathering.enough - 1, apart: 20_000) == Span(microseconds: 6_000))
    }

    @Test("a clump in a quiet stream doesn't gather, and a dense stream that ends stops it")
    func change() {
        var gathering = Gathering(at: 0)
        #expect(gathering.pause(after: 200, begun: 1_000, now: 2_000) == .zero)
        #expect(gathering.pause(after: 300, begun: 100_000, now: 101_000) > .zero)
        #expect(gathering.pause(after: 1, begun: 150_000, now: 151_000) > .zero)
        #expect(gathering.pause(after: 1, begun: 210_000, now: 211_000) == .zero)
    }
}
