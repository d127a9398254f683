import CareModel
import Decoding
import Foundation
import Testing

@Suite("Shipped profiles and their samples")
struct SampleTests {
    @Test("every shipped profile is valid, and no two of them can be mistaken for one another")
    func shippedProfilesAreValid() throws {
        var problems = Problems()
        let book = ProfileBook(try Shelf.shipped(), &problems)
        #expect(problems.list.map(\.description) == [])
        #expect(book.names.count >= 60)
    }

    @Test("every sample gives exactly what it says, and every value of a safety kind has one")
    func samplesAgree() throws {
        var samples = ProfileSamples(book: try Shelf.book()), problems = Problems()
        for name in samples.names { for file in try Shelf.samples(of: name) { samples.run(file, &problems) } }
        samples.finish(&problems)
        #expect(problems.list.map(\.description) == [])
        #expect(samples.lineCount >= 500)
    }

    @Test("taking away the samples of a safety kind is a problem at the output's place", arguments: ["tuya-ts0215a", "xiaomi-jtyj-gd-01lm", "kati-4g-watch", "milesight-ws101"])
    func missingSampleIsFound(profile: String) throws {
        var samples = ProfileSamples(book: try Shelf.book()), problems = Problems()
        for name in samples.names where name != profile { for file in try Shelf.samples(of: name) { samples.run(file, &problems) } }
        samples.finish(&problems)
        #expect(!problems.isEmpty)
        #expect(problems.list.allSatisfy { $0.code == "profile.safety_without_sample" && $0.place.file == "\(profile)/profile.yaml" && $0.place.line > 1 })
    }

    /// Other people's samples are read from outside the project, never copied into it.
    static let foreignSamples = Shelf.devices.deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/device_samples.jsonl")

    @Test("no sample is a copy of other people's", .enabled(if: FileManager.default.fileExists(atPath: foreignSamples.path(percentEncoded: false)), "there are no other samples to compare with"))
    func noCopies() throws {
        func payloads(_ bytes: [UInt8]) -> Set<String> {
            var found: Set<String> = []
            for line in bytes.split(separator: 0x0A) {
                guard let value = try? JSONReader.read(Array(line), limits: .logLine), let text = value["payload"]?.text ?? value["payload_base64"]?.text else { continue }
                // Bare words and short numbers are the dialect's, not a sample's.
                if text.utf8.count >= 24 { found.insert(text) }
            }
            return found
        }
        let theirs = payloads([UInt8](try Data(contentsOf: SampleTests.foreignSamples)))
        #expect(theirs.count > 100)
        for name in try Shelf.book().names {
            for file in try Shelf.samples(of: name) { #expect(payloads(file.bytes).isDisjoint(with: theirs), "\(file.name)") }
        }
    }

    @Test("a sample that says something else is found, at its line")
    func wrongSampleIsFound() throws {
        var samples = ProfileSamples(book: try Shelf.book()), problems = Problems()
        let line = #"{"topic":"iMEDE_watch/sos","payload":"{\"status\":\"SOS\",\"IMEI\":\"861112223334445\"}","device":"imei:861112223334445","expect":[{"kind":"safety.sos","value":"long"}]}"#
        samples.run(.init(profile: "kati-4g-watch", name: "x.jsonl", bytes: Array(line.utf8)), &problems)
        #expect(problems.list.map(\.place.description) == ["x.jsonl:1:1"])
        #expect(problems.list.map(\.code) == ["profile.sample_differs"])
    }

    @Test("a reading that a sample does not expect is told once, and those behind it are held against their own kinds")
    func additionalReadingIsOneFault() throws {
        let name = "kati-4g-watch"
        var found = 0
        for file in try Shelf.samples(of: name) {
            for line in String(decoding: file.bytes, as: UTF8.self).split(separator: "\n") {
                func faults(_ text: String) throws -> [String] {
                    var samples = ProfileSamples(book: try Shelf.book()), problems = Problems()
                    return samples.runs(.init(profile: name, name: "x.jsonl", bytes: Array(text.utf8)), &problems).flatMap(\.faults)
                }
                guard var sample = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], var expected = sample["expect"] as? [[String: Any]],
                      Set(expected.compactMap { $0["kind"] as? String }).count == expected.count, expected.count >= 3, try faults(String(line)).isEmpty else { continue }
                found += 1
                expected.removeFirst()
                sample["expect"] = expected
                let given = try faults(String(decoding: JSONSerialization.data(withJSONObject: sample), as: UTF8.self))
                #expect(given.count == 1 && given[0].hasPrefix("\(expected.count) readings expected, \(expected.count + 1) given"), "\(given)")
            }
        }
        #expect(found > 0)
    }

    @Test("subscriptions cover every profile once, and what can carry a safety kind belongs to the safety session")
    func subscriptions() throws {
        let found = try Shelf.book().subscriptions
        #expect(found.map(\.filter) == found.map(\.filter).sorted())
        #expect(Set(found.map(\.filter)).count == found.count)
        let link = Dictionary(uniqueKeysWithValues: found.map { ($0.filter, $0.link) })
        #expect(link["zigbee2mqtt/#"] == .safety)
        #expect(link["+/+/vitals"] == .telemetry)
        #expect(link["application/+/device/+/event/up"] == .safety)
        #expect(link["application/+/device/+/event/status"] == .telemetry)
        #expect(link["iMEDE_watch/sos"] == .safety)
        #expect(link["iMEDE_watch/VitalSign"] == .telemetry)
        #expect(link["zigbee2mqtt/bridge/devices"] == nil)
    }
}

@Suite("The technician's guide")
struct GuideTests {
    @Test("the first profile of docs/device-profiles.md and its samples are valid as they stand there")
    func example() throws {
        let guide = try String(contentsOf: Shelf.devices.deletingLastPathComponent().appending(path: "docs/device-profiles.md"), encoding: .utf8)
        func block(_ language: String) throws -> String {
            let start = try #require(guide.range(of: "```\(language)\n")), end = try #require(guide.range(of: "```", range: start.upperBound..<guide.endIndex))
            return String(guide[start.upperBound..<end.lowerBound])
        }
        var problems = Problems()
        let book = ProfileBook([("acme-b7", try Shelf.node(try block("yaml")))], &problems)
        var samples = ProfileSamples(book: book)
        samples.run(.init(profile: "acme-b7", name: "guide", bytes: Array(try block("json").utf8)), &problems)
        #expect(problems.list.map(\.description) == [])
        #expect(samples.lineCount == 2)
        samples.finish(&problems)
        #expect(problems.list.map(\.code) == ["profile.safety_without_sample"])
    }
}
