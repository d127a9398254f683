import Foundation
import Testing

extension Integration {
    /// What people do by hand, on the real process: a drill from the hub, the next tier before its time, a visit by the code at the door.
    @Suite("Drill, escalation and visit by hand", .serialized, .timeLimit(.minutes(5))) struct HandTests {
        /// A member of an answer's JSON.
        private static func members(_ json: [UInt8]) -> [String: Any] { (try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any] ?? [:] }

        /// What stands behind the hash of the address that the command prints.
        private static func code(_ output: [UInt8]) throws -> String {
            let line = try #require(String(decoding: output, as: UTF8.self).split(separator: "\n").first { $0.contains("/visit#") })
            return String(try #require(line.split(separator: "#").last))
        }

        @Test("a drill, the same elder's real fall beside it, a kill -9, the next tier by hand, and a visit that sets the visitor's own incident on site")
        func whole() async throws {
            let hub = try HubProcess { config in
                let homes = config + "/homes.yaml"
                try String(contentsOfFile: homes, encoding: .utf8).replacing("      - id: wang-xiulan\n", with: "      - id: wang-xiulan\n        visit_days: 7\n")
                    .write(toFile: homes, atomically: true, encoding: .utf8)
            }
            try await hub.start(seconds: 120)
            func falls() throws -> [IncidentView] { try hub.incidents().filter { $0.kind == "safety.fall" } }

            let begun = try await hub.command(["drill", "wang-xiulan", "--kind", "fall", "--actor", "王站长", "--config", hub.config])
            let drill = try #require((Self.members(begun.output)["incidents"] as? [String])?.first, "\(String(decoding: begun.output, as: UTF8.self))")
            #expect(begun.status == 0)
            try await hub.publish("iMEDE_watch", "iMEDE_watch/fallDown", #"{"IMEI":"860000000000017","status":"FALL DOWN","location":{}}"#)
            #expect(try await eventually(seconds: 30) { try falls().count == 2 }, "\(hub.log.suffix(400))")
            let exercise = try #require(try falls().first { $0.id == drill }), real = try #require(try falls().first { $0.id != drill })
            #expect(exercise.origin == "drill" && exercise.text.en.hasPrefix("[DRILL]") && real.origin == "live" && !real.text.en.contains("DRILL"))
            #expect(try await hub.command(["drill", "wang-xiulan", "--config", hub.config]).status != 0, "one at a time")

            hub.kill9()
            try await hub.start(seconds: 120)
            let line = hub.line(), path = "/api/v1/incidents/\(real.id)/"
            #expect(try line.post(path + "acknowledge", #"{"actor":"李敏"}"#).status == 200)
            #expect(try line.post("/api/v1/incidents/\(drill)/escalate").text.contains("all_told"))
            let press = #"{"actor":"李敏","command_id":"up"}"#, told = try line.post(path + "escalate", press)
            #expect(told.status == 200, "\(told.text)")
            #expect(try line.post(path + "escalate", press).text == told.text, "the same press again")
            let escalated = try #require(try falls().first { $0.id == real.id })
            #expect(escalated.state == "acknowledged" && escalated.phase == "escalate" && escalated.annotations.count { $0.what == "escalated_by_hand" } == 1)
            #expect(try falls().first { $0.id == drill }?.revision == 1, "nothing came to the drill")

            let printed = try await hub.command(["visit-code", "wang-xiulan", "--config", hub.config]), code = try Self.code(printed.output)
            let visit = { (code: String) in try line.post("/api/v1/visits", #"{"code":"\#(code)","actor":"李敏"}"#) }
            let came = try visit(code), answer = Self.members(came.body)
            #expect(came.status == 200 && answer["resident"] as? String == "wang-xiulan" && answer["name"] as? String == "王秀兰", "\(came.text)")
            #expect(answer["duty"] as? String == "visit" && answer["incidents"] as? [String] == [real.id])
            #expect(try falls().first { $0.id == real.id }?.state == "on_site")
            // Lost and renewed, beside the hub that runs.
            let fresh = try Self.code(try await hub.command(["visit-code", "wang-xiulan", "--renew", "--config", hub.config]).output)
            #expect(try visit(code).text.contains("unknown_code") && visit(fresh).status == 200)
            #expect(!hub.log.contains(code) && !hub.log.contains(fresh))
            try await hub.stop()
        }
    }
}
