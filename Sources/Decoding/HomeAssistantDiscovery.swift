import CareModel

/// What other software tells Home Assistant about its devices: good for proposing which profile a device needs.
///
/// Never a reading, and its templates are never run.
enum HomeAssistantDiscovery {
    static let prefix = "homeassistant/"
    static let suffix = "/config"
    static let filters = ["homeassistant/+/+/config", "homeassistant/+/+/+/config"]

    static let candidatesMax = 16

    static func isDiscovery(_ topic: String) -> Bool { topic.hasPrefix(prefix) && topic.hasSuffix(suffix) }

    /// A device that the announcement names, with the profiles that could read it: those whose models it says, else those
    /// that know the topic of its state. Nil when it can't be read or names neither.
    static func proposal(_ message: Message, _ registry: Registry) -> Sighting? {
        var tree = ValueTree()
        do throws(DocumentFailure) {
            try JSONReader.read(message.payload, into: &tree, limits: .message)
        } catch { return nil }
        let root = tree.value(0), device = root["device"] ?? root["dev"]
        let models = [device?["model_id"]?.text, device?["mdl_id"]?.text, device?["model"]?.text, device?["mdl"]?.text].compactMap { $0 }
        let topic = stateTopic(root)
        guard !models.isEmpty || topic != nil else { return nil }
        let fits = topic.map { registry.fits($0) } ?? []
        var candidates = registry.book.profiles.filter { profile in profile.models.contains { models.contains($0) } }.map(\.name)
        if candidates.isEmpty {
            // A model's own profile before one of a whole dialect; not one of other models than the announced.
            for isGeneric in [false, true] {
                for fit in fits where fit.compiled.isGeneric == isGeneric && !candidates.contains(fit.compiled.profileName) && candidates.count < candidatesMax {
                    if models.isEmpty || isGeneric || fit.compiled.models.isEmpty { candidates.append(fit.compiled.profileName) }
                }
            }
        }
        let identifiers = device?["identifiers"] ?? device?["ids"]
        let name = identifiers?.text ?? identifiers?.items?.first?.text ?? ""
        // zigbee2mqtt writes its own name before the address.
        let address = name.split(separator: "_").last.map(String.init) ?? ""
        let id = address.hasPrefix("0x") ? IdentityTemplate.normalise(address, .ieee) : identity(fits, candidates.first) ?? IdentityTemplate.normalise(name, .topic)
        if let id, registry.binding(of: id) != nil { return nil }
        return Sighting(why: candidates.isEmpty ? .noProfile : .unregistered, topic: message.topic, device: id.map { DeviceID($0) }, candidates: candidates, payload: message.payload)
    }

    /// Where the entity's state is published; of a device that announces all its entities at once, that of the first.
    private static func stateTopic(_ root: Value) -> String? {
        let base = root["~"]?.text ?? ""
        func topic(_ entity: Value) -> String? {
            guard let text = entity["state_topic"]?.text ?? entity["stat_t"]?.text ?? entity["topic"]?.text ?? entity["t"]?.text, !text.isEmpty else { return nil }
            return text.hasPrefix("~") ? base + text.dropFirst() : text.hasSuffix("~") ? text.dropLast() + base : text
        }
        if let found = topic(root) { return found }
        for component in (root["components"] ?? root["cmps"])?.members ?? [] { if let found = topic(component.value) { return found } }
        return nil
    }

    /// The device under the name that the first profile gives it by its topic alone.
    private static func identity(_ fits: [Route.Fit], _ profile: String?) -> String? {
        var view = MessageView()
        for fit in fits where fit.compiled.profileName == profile {
            view.captures = fit.captures
            for section in fit.compiled.sections {
                for identity in section.identities where identity.isNamedByTopic && !identity.isZigbee {
                    if let raw = view.fill(identity.template), let found = IdentityTemplate.normalise(raw, identity.scheme) { return found }
                }
            }
        }
        return nil
    }
}
