import CareModel
import Escalation
import Testing

@Suite("Who can call, under the shipped profiles")
struct CallersTests {
    @Test("a model's own profile says it, a generic one only that it might; homes.yaml has the last word")
    func profiles() throws {
        func bound(_ device: String, _ profile: String, calls: Bool? = nil) -> DeviceBinding {
            DeviceBinding(device: DeviceID(device), profile: profile, home: 0, residents: [], calls: calls)
        }
        let shipped = try Bench.configuration()
        let callers = shipped.callers(in: Household(homes: shipped.household.homes, residents: [], bindings: [
            bound("ieee:01", "feibit-fnb56-sos"), bound("ieee:02", "z2m-generic"), bound("ieee:03", "z2m-generic", calls: true), bound("ieee:04", "z2m-generic", calls: false),
            bound("ieee:05", "feibit-fnb56-sos", calls: false), bound("ieee:06", "aqara-mccgq11lm"), bound("ieee:07", "aqara-mccgq11lm", calls: true),
        ]))
        #expect(callers == Callers(named: [DeviceID("ieee:01"), DeviceID("ieee:03"), DeviceID("ieee:07")], generic: [DeviceID("ieee:02")]))
    }
}
