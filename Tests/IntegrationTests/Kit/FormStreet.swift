import Foundation

/// A street of homes whose rules all have short windows, one rule of each form, and the messages that meet each of them.
///
/// What concerns the hub as a whole has no home: common_silence and session_loss stand in `FormLatencyTests` by themselves.
struct FormStreet {
    /// When the condition of a rule is complete.
    enum Complete: Hashable {
        /// This long after the message was handed to the broker, in microseconds: 0 = by the message itself.
        case after(Int64)
        /// When the incident says so: a window whose end hangs on what is in the samples.
        case asTold
        /// At an instant of the wall clock, in microseconds since 1970.
        case at(Int64)
    }

    struct Action {
        /// After the begin.
        var microseconds: Int64
        var topic: String
        var payload: String
        /// The form whose condition it completes, or whose window it begins.
        var form: String?
        var complete = Complete.after(0)
        var home: Int
    }

    let homes: Int
    /// Also the forms whose windows take a minute and more.
    let isLong: Bool
    /// The minute of the wall clock in which the window of expected_use begins; it lasts one minute.
    private let useMinute: Int

    /// When that window begins, in microseconds since 1970.
    var useBegins: Int64 { Int64(useMinute) * 60_000_000 }

    init(homes: Int, isLong: Bool) {
        (self.homes, self.isLong) = (homes, isLong)
        // One to two minutes from now: the hub must have started before, because it judges only windows that it saw whole.
        useMinute = Int(Date().timeIntervalSince1970) / 60 + 2
    }

    static let account = "street"

    static func home(_ index: Int) -> String { "f" + String(1_001 + index).dropFirst() }
    /// Homes whose residents are away.
    static func away(_ index: Int) -> String { "g" + String(1_001 + index).dropFirst() }

    /// The forms that are measured, in the order of their rules.
    var forms: [String] {
        ["occurrence", "limit", "two_readings", "change", "news2", "dose_course", "dwell", "sequence", "count", "corroboration", "safe_area", "fall_motion",
         "device_silence", "unknown_person", "doubt", "return_home", "unreadable_message", "unreadable_burst"] + (isLong ? FormStreet.ofMinutes : [])
    }

    /// The forms whose shortest window takes a minute and more.
    static let ofMinutes = ["bed_exit", "resident_inactivity", "routine_inactivity", "expected_use", "baseline"]

    // MARK: - Configuration

    /// Changes a copied configuration folder: the rules, the profiles and the account of the street.
    ///
    /// - Parameter own: instead of the street's rules.
    func configure(_ config: String, root: String, rules own: String? = nil) throws {
        let files = FileManager.default
        let profiles = (config as NSString).deletingLastPathComponent + "/probes"
        for (name, text) in self.profiles {
            try files.createDirectory(atPath: "\(profiles)/\(name)/samples", withIntermediateDirectories: true)
            try text.write(toFile: "\(profiles)/\(name)/profile.yaml", atomically: true, encoding: .utf8)
            try "Made for a test of the hub; no device sends this.\n".write(toFile: "\(profiles)/\(name)/SOURCE.md", atomically: true, encoding: .utf8)
            try FormStreet.samples(name).write(toFile: "\(profiles)/\(name)/samples/all.jsonl", atomically: true, encoding: .utf8)
        }
        for name in try files.contentsOfDirectory(atPath: config + "/rules") { try files.removeItem(atPath: "\(config)/rules/\(name)") }
        try (own ?? rules).write(toFile: config + "/rules/forms.yaml", atomically: true, encoding: .utf8)
        try homesYAML.write(toFile: config + "/homes.yaml", atomically: true, encoding: .utf8)
        let hub = try String(contentsOfFile: config + "/hub.yaml", encoding: .utf8)
            .replacingOccurrences(of: "- \(root)/devices", with: "- \(root)/devices\n  - \(profiles)")
            .replacingOccurrences(
                of: "\n  managed: true\n",
                with: "\n  managed: true\n  accounts:\n    - user: \(FormStreet.account)\n      topics: [forms/#, quiet/#, shared/#, burst/#, away/#, clock/#]\n")
        try hub.write(toFile: config + "/hub.yaml", atomically: true, encoding: .utf8)
        // The profile of a burst stands in the text alone, which a masked queue does not show; and nothing waits for the morning.
        let network = try String(contentsOfFile: config + "/care-network.yaml", encoding: .utf8)
            .replacingOccurrences(of: "- name: upstream\n    channel: mqtt\n    masked: true", with: "- name: upstream\n    channel: mqtt\n    masked: false")
        try network.write(toFile: config + "/care-network.yaml", atomically: true, encoding: .utf8)
        let response = try String(contentsOfFile: config + "/response.yaml", encoding: .utf8)
        try response.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("hold_until:") }.joined(separator: "\n")
            .write(toFile: config + "/response.yaml", atomically: true, encoding: .utf8)
    }

    private var homesYAML: String {
        "homes:\n" + (0..<homes).map { index in
            let home = FormStreet.home(index)
            return """
              - id: \(home)
                timezone: UTC
                place: {station: forms, address: "Form Road \(index)"}
                residents:
                  - {id: \(home)-r, name: "Form \(index)", born: "1940", sex: female}
                devices:
                  - {profile: probe, device: "topic:forms/\(home)", room: hall, resident: \(home)-r}
                  - {profile: probe, device: "topic:forms/\(home)b", room: hall, resident: \(home)-r}
                  - {profile: probe-quiet, device: "topic:quiet/\(home)", room: hall, resident: \(home)-r}
                  - {profile: probe-clock, device: "topic:clock/\(home)", room: hall, resident: \(home)-r}
                  - {profile: probe-shared, device: "topic:shared/\(home)", room: hall, resident: \(home)-r}
                  - {profile: probe-burst-\(home), device: "topic:burst/\(home)", room: hall, resident: \(home)-r}
                  - {profile: bed-tag-reader, device: "topic:forms/\(home)t", room: hall, resident: \(home)-r}
              - id: \(FormStreet.away(index))
                timezone: UTC
                place: {station: forms, address: "Away Road \(index)"}
                residents:
                  - {id: \(FormStreet.away(index))-r, name: "Away \(index)", born: "1940", sex: female}
                devices:
                  - {profile: probe-away, device: "topic:away/\(FormStreet.away(index))", room: hall, resident: \(FormStreet.away(index))-r}

            """
        }.joined()
    }

    private var profiles: [(String, String)] {
        func head(_ name: String, _ topic: String, interval: Int = 0) -> String {
            """
            profile: \(name)
            language: 2
            title: {zh-CN: 探针, en: Probe}
            device: "topic:\(topic)/{device}"
            supervision: {interval_seconds: \(interval)\(interval > 0 ? ", missed_max: 1" : "")}
            transport_delay_seconds_max: 1
            """
        }
        let probe = head("probe", "forms") + """

            messages:
              - topic: forms/{device}/probe
                outputs:
                  - {kind: safety.sos, path: sos, meaning: momentary, map: {pressed: pressed}}
                  - {kind: safety.fall, path: fall, meaning: momentary, map: {confirmed: confirmed}}
                  - {kind: vital.heart_rate, path: hr, interval_seconds: 1}
                  - {kind: vital.spo2, path: spo2, interval_seconds: 1}
                  - {kind: vital.bp.systolic, path: sys}
                  - {kind: vital.respiratory_rate, path: rr}
                  - {kind: vital.body_temperature, path: temp}
                  - {kind: env.co, path: co, interval_seconds: 10}
                  - {kind: behaviour.presence, path: presence}
                  - {kind: behaviour.opening, path: open}
                  - {kind: behaviour.motion, path: motion}
                  - {kind: behaviour.chair_occupancy, path: chair}
                  - {kind: behaviour.medication_taken, path: taken, meaning: momentary}
                  - {kind: behaviour.location.latitude, path: lat}
                  - {kind: behaviour.location.longitude, path: lon}
                  - {kind: env.temperature, path: room}
                  - {kind: signal.waveform, when: {acc: {present: true}}, waveform: {signal: acceleration_mg, unit: mg, samples: acc, rate_hz: 50}}

            """
        func plain(_ name: String, _ topic: String, interval: Int = 0, subject: String = "", output: String) -> (String, String) {
            (name, head(name, topic, interval: interval) + "\n\(subject)messages:\n  - topic: \(topic)/{device}/probe\n    outputs:\n      - \(output)\n")
        }
        // A profile for each home: what can't be read is counted by profile, and a burst gathers all that comes after it.
        let burst = (0..<homes).map { index -> (String, String) in
            let home = FormStreet.home(index)
            return ("probe-burst-" + home, head("probe-burst-" + home, "burst") + """

                messages:
                  - topic: burst/\(home)
                    device: "topic:burst/\(home)"
                    outputs:
                      - {kind: safety.sos, path: sos, meaning: momentary, map: {pressed: pressed}}

                """)
        }
        let clock = head("probe-clock", "clock") + "\nmessages:\n  - topic: clock/{device}/probe\n    time:\n      - {path: at, format: epoch}\n    outputs:\n      - {kind: device.battery, path: battery}\n"
        return [("probe", probe), ("probe-clock", clock), plain("probe-away", "away", output: "{kind: behaviour.motion, path: motion}"), plain("probe-quiet", "quiet", interval: 5, output: "{kind: device.battery, path: battery}"),
                plain("probe-shared", "shared", subject: "subject: \"{who}\"\nidentifying: [who]\n", output: "{kind: vital.weight, path: kg}")] + burst
    }

    /// One for each value of a safety kind.
    private static func samples(_ profile: String) -> String {
        let home = profile.hasPrefix("probe-burst-") ? String(profile.suffix(4)) : "f001"
        let (topic, device) = profile == "probe" ? ("forms/\(home)/probe", "topic:forms/\(home)") : ("burst/\(home)", "topic:burst/\(home)")
        let values = profile == "probe" ? [("sos", "pressed"), ("fall", "confirmed")] : profile.hasPrefix("probe-burst-") ? [("sos", "pressed")] : []
        return values.map { word, value in
            #"{"topic":"\#(topic)","payload":"{\"\#(word)\":\"\#(value)\"}","device":"\#(device)","expect":[{"kind":"safety.\#(word)","value":"\#(value)"}]}"# + "\n"
        }.joined()
    }

    /// A rule of what concerns the hub as a whole; it comes and goes as often as the test wants.
    static func hubRule(_ form: String, _ keys: String) -> String {
        """
        rules:
          - name: \(form.replacingOccurrences(of: "_", with: "-"))
            form: \(form)
            \(keys)
            flapping: false
            priority: medium
            category: technical
            incident: forms.\(form)
            what: {zh-CN: 测试, en: a test}
            text: {zh-CN: "请查看：测试", en: "Look; a test"}
            source: Our choice, because a test must end.

        """
    }

    private var rules: String {
        func rule(_ form: String, _ keys: String, category: String = "behaviour", words: String = "a test") -> String {
            """
              - name: \(form.replacingOccurrences(of: "_", with: "-"))
                form: \(form)
                \(keys.replacingOccurrences(of: "\n", with: "\n    "))
                priority: medium
                category: \(category)
                incident: forms.\(form)
                what: {zh-CN: 测试, en: a test}
                text: {zh-CN: "请查看：测试", en: "Look; \(words)"}
                source: Our choice, because a test must end.

            """
        }
        var rules = [
            rule("occurrence", "kind: safety.sos", category: "safety"),
            rule("limit", "kind: vital.heart_rate\nlow: 40\nclear: 46\npersistence_s: 1"),
            rule("two_readings", "kind: vital.bp.systolic\nhigh: 180\nclear: 170\nsecond_min_s: 60\nsecond_max_s: 300\nconfirmed_priority: high"),
            rule("change", "kind: vital.spo2\nfall: 4\nwithin_s: 60\nleast_s: 1\nclear: 2"),
            rule("news2", "kinds: [vital.respiratory_rate, vital.body_temperature]\nscale: 1\noxygen: unknown\nfresh_minutes: 60\nsingle_priority: none\nurgent_score: 5\nurgent_priority: high\nemergency_score: 7\nemergency_priority: high\nclear: 3"),
            rule("dose_course", "kind: env.co\nnever: 30\npoints: [{level: 50, seconds: 30}, {level: 300, seconds: 2}]\nrecovery_s: 3600\nhold_s: 60"),
            rule("dwell", "kind: behaviour.presence\nlonger_than_s: 2"),
            rule("sequence", "kinds: [behaviour.opening, behaviour.motion]\nfirst: {kinds: [behaviour.opening]}\nthen: {kinds: [behaviour.motion]}\nexpect: absent\nwithin_s: 2"),
            rule("count", "kind: behaviour.chair_occupancy\ncount: 3\nwithin_s: 60"),
            rule("corroboration", "kind: safety.fall\nfirst: {kinds: [safety.fall]}\nsecond: {kinds: [safety.fall]}\nwithin_s: 60", category: "safety"),
            rule("safe_area", "areas: [{latitude: 35.96, longitude: 120.18, radius_m: 100}]\nfixes: 2\nmargin_m: 10"),
            rule("fall_motion", "kind: signal.waveform\ndecide_s: 40", category: "safety"),
            rule("device_silence", "devices: other"),
            rule("unknown_person", "again_hours: 24"),
            rule("doubt", "quality: clock_fault\nagain_hours: 24"),
            rule("return_home", "kinds: [behaviour.motion]"),
            rule("unreadable_message", "", category: "safety").replacingOccurrences(of: "    \n", with: ""),
            rule("unreadable_burst", "count: 3\nwithin_s: 60", category: "technical", words: "{profile}"),
        ]
        if isLong {
            rules.append(rule("bed_exit", "kind: signal.waveform"))
            rules.append(rule("resident_inactivity", "kinds: [behaviour.motion]\nwindows: [{from: \"00:00\", to: \"12:00\", minutes: 1}, {from: \"12:00\", to: \"00:00\", minutes: 1}]"))
            rules.append(rule("routine_inactivity", "kinds: [behaviour.motion]\nleast_s: 60\nmost_s: 61"))
            rules.append(rule("baseline", "kind: env.temperature\nleast: 2\nin_a_row: 1\nlearn_days: 0.001"))
            rules.append(rule("expected_use", "kind: behaviour.medication_taken\nwindows: [{from: \"\(clock(useMinute))\", to: \"\(clock(useMinute + 1))\"}]"))
        }
        return "rules:\n" + rules.joined()
    }

    private func clock(_ minute: Int) -> String { String(format: "%02d:%02d", minute % 1_440 / 60, minute % 60) }

    // MARK: - What happens

    /// In order of time. Each home begins `stagger` after the one before.
    func actions(stagger: Int64) -> [Action] {
        var all: [Action] = []
        for home in 0..<homes {
            let name = FormStreet.home(home), begin = Int64(home) * stagger
            func add(_ milliseconds: Int64, _ payload: String, to topic: String? = nil, _ form: String? = nil, _ complete: Complete = .after(0)) {
                all.append(Action(
                    microseconds: begin + milliseconds * 1_000, topic: topic ?? "forms/\(name)/probe", payload: payload, form: form, complete: complete, home: home))
            }
            // Motion comes first: it would end the sequence, and its absence is what the inactivity waits for.
            if isLong {
                add(0, #"{"motion":true}"#, "resident_inactivity", .after(60_000_000))
                // Begun by the same movement, told a second later.
                add(0, #"{"rr":16}"#, "routine_inactivity", .after(61_000_000))
            }
            add(20, #"{"battery":80}"#, to: "quiet/\(name)/probe", "device_silence", .after(5_000_000))
            add(50, #"{"sos":"pressed"}"#, "occurrence")
            add(100, #"{"rr":30}"#)
            add(150, #"{"temp":34.0}"#, "news2")
            add(200, #"{"sys":200}"#, "two_readings")
            add(250, #"{"hr":36}"#)
            add(1_350, #"{"hr":35}"#, "limit")
            add(300, #"{"spo2":98}"#)
            add(1_400, #"{"spo2":90}"#, "change")
            add(350, #"{"co":300}"#, "dose_course", .after(2_000_000))
            add(400, #"{"presence":true}"#, "dwell", .after(2_000_000))
            add(450, #"{"open":true}"#, "sequence", .after(2_000_000))
            for step in 0..<5 { add(500 + Int64(step) * 20, #"{"chair":\#(step % 2 == 0)}"#, step == 4 ? "count" : nil) }
            add(600, #"{"fall":"confirmed"}"#)
            add(650, #"{"fall":"confirmed"}"#, to: "forms/\(name)b/probe", "corroboration")
            // A position is judged a millisecond after it came, so two of them must not come together on a loaded machine.
            add(230, #"{"lat":35.99,"lon":120.18}"#)
            add(750, #"{"lat":35.99,"lon":120.19}"#, "safe_area", .after(1_000))
            add(800, "{\"acc\":[\(FormStreet.fall.map(String.init).joined(separator: ","))]}", "fall_motion")
            add(850, #"{"kg":70,"who":"p-\#(name)"}"#, to: "shared/\(name)/probe", "unknown_person")
            // A clock in 1970.
            add(870, #"{"battery":80,"at":1000}"#, to: "clock/\(name)/probe", "doubt")
            let broken = ["unreadable_message", nil, "unreadable_burst"]
            for (step, form) in broken.enumerated() { add(900 + Int64(step) * 30, #"{"sos":"pres"# + String(step), to: "burst/\(name)", form) }
            add(1_000, #"{"motion":true}"#, to: "away/\(FormStreet.away(home))/probe", "return_home")
            if isLong {
                let answers = FormStreet.bed
                for (index, answer) in answers.enumerated() {
                    add(answer.milliseconds, #"{"tag":"\#(name)t","sample":[\#(answer.sample)]}"#, to: "forms/bed-tag/\(name)t", index == answers.count - 1 ? "bed_exit" : nil, .asTold)
                }
                add(10, #"{"rr":16}"#, "expected_use", .at(useBegins + 60_000_000))
                // What is usual: 32 readings in 90 s, a little apart; then one that is not.
                for step in 0..<32 { add(2_000 + Int64(step) * 2_800, #"{"room":\#(step % 2 == 0 ? 21.0 : 21.2)}"#) }
                add(92_000, #"{"room":27.5}"#, "baseline")
            }
        }
        return all.sorted { ($0.microseconds, $0.home) < ($1.microseconds, $1.home) }
    }

    /// Twelve seconds at 50 Hz, in milli-g: walking, a fall of 0.4 s, lying still.
    private static let fall: [Int] = {
        var samples: [Int] = [], state: UInt64 = 7
        func hold(_ seconds: Double, _ down: (Double, Double, Double), _ moving: Double) {
            for _ in 0..<Int(seconds * 50) {
                for axis in [down.0, down.1, down.2] {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    samples.append(Int(axis + (Double(state >> 40) / Double(1 << 23) - 1) * moving))
                }
            }
        }
        hold(4, (0, -1_000, 0), 80)
        hold(0.25, (0, -250, 0), 30)
        hold(0.15, (2_100, -2_450, 1_400), 200)
        hold(8, (900, -100, 400), 20)
        return samples
    }()

    /// A minute of lying, 20 s on the edge, then up and off to another antenna.
    private static let bed: [(milliseconds: Int64, sample: String)] = {
        var answers: [(Int64, String)] = []
        for i in 0..<120 { answers.append((Int64(i) * 500, "\(i % 3 == 0 ? 0.99 : 1.0),-0.04,0,\(i % 2 == 0 ? -51 : -62),\(i % 2 == 0 ? 3 : 4)")) }
        for i in 0..<40 { answers.append((60_000 + Int64(i) * 500, "\(0.4 + Double(i % 4) / 100),0.93,0,\(i % 2 == 0 ? -58 : -59),\(i % 2 == 0 ? 1 : 4)")) }
        for i in 0..<8 { answers.append((83_000 + Int64(i) * 750, "\(i % 2 == 0 ? -0.15 : 0.1),1.05,0.15,-\(48 + Double(i) / 10),\(1 + i / 4)")) }
        return answers
    }()
}
