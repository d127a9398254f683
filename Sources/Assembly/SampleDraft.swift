import CareModel
import Decoding
import Formats
import Foundation
import Onboarding

/// Samples and SOURCE.md of a proposed profile: captured messages without names, with what the profile reads in them now.
struct SampleDraft {
    private(set) var good: [UInt8] = []
    private(set) var bad: [UInt8] = []
    private(set) var goodCount = 0
    private(set) var badCount = 0
    private(set) var notes: [String] = []
    let source: String

    init(name: String, node: ConfigurationNode, _ sketch: ProfileSketch) {
        source = SampleDraft.source(name, sketch)
        var problems = Problems()
        let book = ProfileBook([(name, node)], &problems)
        let drafts = sketch.examples.map { SampleDraft.line($0, device: nil) }
        // Which device each message names is only known once the profile has read it.
        let first = SampleDraft.run(name, drafts, book, isChosen: true)
        let bound = zip(sketch.examples, first).map { SampleDraft.line($0, device: $1.device) }
        var unread: [String] = []
        for (run, draft) in zip(SampleDraft.run(name, bound, book, isChosen: false), first) {
            guard run.rejection == nil, draft.device != nil else {
                unread.append(run.given.first?.text ?? "nothing")
                continue
            }
            good += run.accepted.json + [0x0A]
            goodCount += 1
        }
        if let why = unread.first { notes.append("Note: \(unread.count) of the chosen messages are not read by the proposal and were left out; the first: \(why)") }
        for run in SampleDraft.run(name, sketch.spoiled.map { SampleDraft.line($0, device: nil) }, book, isChosen: false) where run.rejection != nil && run.kinds.isEmpty {
            bad += run.accepted.json + [0x0A]
            badCount += 1
        }
        guard badCount == 0, let device = first.compactMap(\.device).first else { return }
        // A device that the topic names is bound while it runs.
        for run in SampleDraft.run(name, sketch.spoiled.map { SampleDraft.line($0, device: device) }, book, isChosen: false) where run.rejection != nil && run.kinds.isEmpty {
            bad += run.accepted.json + [0x0A]
            badCount += 1
        }
    }

    private static func run(_ name: String, _ lines: [Value], _ book: ProfileBook, isChosen: Bool) -> [SampleRun] {
        var samples = ProfileSamples(book: book), ignored = Problems()
        return samples.runs(.init(profile: name, name: "sample", bytes: lines.flatMap { $0.json + [0x0A] }), isChosen: isChosen, &ignored)
    }

    private static func line(_ message: CapturedMessage, device: DeviceID?) -> Value {
        var members: [Value.Member] = [.init(key: "topic", value: .string(message.topic))]
        if let text = String(validating: message.payload, as: UTF8.self), !message.payload.contains(0) {
            members.append(.init(key: "payload", value: .string(text)))
        } else { members.append(.init(key: "payload_base64", value: .string(Data(message.payload).base64EncodedString()))) }
        if message.isRetained { members.append(.init(key: "retain", value: .number(DecimalNumber(1)))) }
        if let wall = message.wall { members.append(.init(key: "at", value: .string(wall.description))) }
        if let device { members.append(.init(key: "device", value: .string(device.text))) }
        return .object(members)
    }

    private static func source(_ name: String, _ sketch: ProfileSketch) -> String {
        let walls = sketch.examples.compactMap(\.wall).sorted()
        let when = walls.first.map { first in String(first.description.prefix(10)) + (walls.last.map { $0.description.prefix(10) == first.description.prefix(10) ? "" : " to " + $0.description.prefix(10) } ?? "") } ?? "the recorder did not say when"
        return """
            # \(name)

            - Document: captured messages; write here the maker's document and its version, if there is one
            - Firmware or version: write here what the device's menu or label says
            - Read on: \(when)
            - Status: captured, unverified

            \(sketch.messageCount) messages on \(sketch.topicCount) topics were captured. Meanings that the names of fields suggest are marked in profile.yaml until someone has
            confirmed them on the device: make each thing happen, look at the reading, and write here how it was tried.
            Names of devices and people in the samples were replaced by others of the same form; places by others nearby.

            """
    }
}
