import CareModel

/// What other software tells Home Assistant about its devices: good for proposing which profile a device needs.
///
/// Never a reading, and its templates are never run.
enum HomeAssistantDiscovery {
    static let prefix = "homeassistant/"
    static let suffix = "/config"
    static let filters = ["homeassistant/+/+/config", "homeassistant/+/+/+/config"]

    static func isDiscovery(_ topic: String) -> Bool { topic.hasPrefix(prefix) && topic.hasSuffix(suffix) }

    /// A device that the announcement names, with the profiles whose models it says; nil when it says no model or can't be read.
    static func proposal(_ message: Message, _ book: ProfileBook) -> Sighting? {
        var tree = ValueTree()
        do throws(DocumentFailure) {
            try JSONReader.read(message.payload, into: &tree, limits: .message)
        } catch { return nil }
        let device = tree.value(0)["device"] ?? tree.value(0)["dev"]
        let models = [device?["model_id"]?.text, device?["model"]?.text, device?["mdl"]?.text].compactMap { $0 }
        guard !models.isEmpty else { return nil }
        let candidates = book.profiles.filter { profile in profile.models.contains { models.contains($0) } }.map(\.name)
        let identifiers = device?["identifiers"] ?? device?["ids"]
        let name = identifiers?.text ?? identifiers?.items?.first?.text ?? ""
        // zigbee2mqtt writes its own name before the address.
        let address = name.split(separator: "_").last.map(String.init) ?? ""
        let id = address.hasPrefix("0x") ? IdentityTemplate.normalise(address, .ieee) : IdentityTemplate.normalise(name, .topic)
        return Sighting(why: candidates.isEmpty ? .noProfile : .unregistered, topic: message.topic, device: id.map { DeviceID($0) }, candidates: candidates, payload: message.payload)
    }
}
