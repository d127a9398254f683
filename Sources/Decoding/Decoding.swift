import CareModel

/// Turns messages into readings under device profiles, and remembers what that needs: zigbee2mqtt's names,
/// the newest messages of each device, its counter and its rate.
///
/// Pure. Its state is what `write` writes; the routes and the view are only faster for being kept.
public struct Decoding: Sendable {
    public static let stateVersion: UInt16 = 5
    /// Devices that nobody has bound, remembered at once; of more, those that were silent longest are forgotten.
    public static let unboundDevicesMax = 1_024
    /// All devices remembered at once.
    public static let devicesMax = 16_384
    /// Topics whose meaning is kept; then all are learnt anew.
    static let routesMax = 16_384

    var zigbee = ZigbeeNames()
    var sparkplug = SparkplugNames()
    var homie = HomieNames()
    var memories: [DeviceMemory] = []
    var slotByID: [String: Int] = [:]
    var unboundCount = 0

    // Not state.
    var routes: [String: Route] = [:]
    var routesMark: UInt64 = 0
    var view = MessageView()
    /// Devices of the current message whose rate is judged already.
    var charged: [(slot: Int, isFlooding: Bool)] = []
    /// The newest time that the current message claims, before the hub's, where it is not live.
    var newest: (slot: Int, difference: Span)?
    /// The device whose clock the current message has shown to be right.
    var timely = -1

    public init() {}

    /// Turns one publish into the readings that its device's profile finds in it.
    ///
    /// - Parameters:
    ///   - message: as it came; its size is checked here.
    ///   - at: hub time of receipt.
    ///   - clock: the hub's wall clock, against which the device's time is checked.
    ///   - registry: the checked bindings of devices to profiles.
    ///   - decoded: takes 0...`Limits.readingsPerMessageMax` readings in the profile's order (safety kinds beyond that
    ///     too), and a rejection or sighting with its reason for whatever could not be used.
    public mutating func decode(_ message: Message, at: Instant, clock: HubClock, registry: Registry, into decoded: inout Decoded) {
        if registry.fingerprint != routesMark {
            routes.removeAll(keepingCapacity: true)
            routesMark = registry.fingerprint
        }
        let route: Route
        if let known = routes[message.topic] {
            route = known
        } else {
            guard message.topic.utf8.count <= Limits.topicBytesMax else {
                decoded.rejections.append(Rejection(
                    reason: .topicTooLong, topic: String(decoding: message.topic.utf8.prefix(Limits.topicBytesMax), as: UTF8.self),
                    text: "the topic has over \(Limits.topicBytesMax) bytes"))
                return
            }
            route = learn(message.topic, registry, at: at)
            if routes.count >= Decoding.routesMax { routes.removeAll(keepingCapacity: true) }
            routes[message.topic] = route
        }
        if route.isBridge {
            absorb(message, into: &decoded)
            return
        }
        let turn = Turn(message: message, at: at, wall: clock.wall(at), clock: clock.quality, registry: registry)
        if route.fits.isEmpty, !route.isForeign, HomeAssistantDiscovery.isDiscovery(message.topic) {
            // A cleared announcement, or one that no profile could read, proposes nothing.
            if let proposal = HomeAssistantDiscovery.proposal(message, registry), !proposal.candidates.isEmpty { decoded.sightings.append(proposal) }
            return
        }
        if route.fits.isEmpty, !route.isForeign {
            decoded.sightings.append(Sighting(why: .noProfile, topic: message.topic, candidates: [], payload: message.payload))
            return
        }
        func refuse(_ reason: RejectionReason, _ text: String) {
            var isSafety = route.fits.contains { $0.compiled.isSafety } && (route.binding != nil || route.fits.allSatisfy { $0.compiled.isSafety })
            if route.isForeign, let binding = route.binding { isSafety = registry.book.profiles[registry.profile(of: binding)].isSafety }
            decoded.rejections.append(Rejection(
                reason: reason, topic: message.topic, device: route.device, binding: route.binding,
                profile: route.binding.map { registry.household.bindings[Int($0)].profile }, isSafety: isSafety, text: text))
        }
        if route.isHomie, message.payload.count <= Limits.payloadBytesMax {
            do throws(DocumentFailure) { try homie.absorb(message.topic, message.payload) } catch {
                return refuse(error.reason, "the device's description: " + error.text)
            }
        }
        if message.payload.isEmpty { return refuse(.emptyPayload, "the payload is empty: the broker's retained message was cleared") }
        if message.payload.count > Limits.payloadBytesMax {
            return refuse(.payloadTooLong, "the payload has \(message.payload.count) bytes, over the limit of \(Limits.payloadBytesMax)")
        }
        if route.isForeign { return refuse(.unsupportedFormat, "the device's profile doesn't know this topic") }
        sparkplug.begin()
        timely = -1
        if route.binding != nil { decodeBound(route, turn, into: &decoded) } else { decodeShared(route, turn, into: &decoded) }
        if newest != nil { settleClock(at) }
        // Only a node whose device somebody has bound is told to do anything.
        guard sparkplug.missing != nil, decoded.readings.contains(where: { $0.binding != nil }) || decoded.rejections.contains(where: { $0.binding != nil }) else { return }
        if let command = sparkplug.rebirth(at: at, wall: turn.wall) { decoded.downlinks.append(command) }
    }

    /// "Help is coming", as the device's newest call said that it can be shown; nil where it can't.
    public func helpIsComing(to device: DeviceID) -> Downlink? { slotByID[IdentityTemplate.normalise(device)].flatMap { memories[$0].coming } }

    /// What one message's reading needs everywhere.
    struct Turn {
        let message: Message
        let at: Instant
        let wall: WallTime
        let clock: ClockQuality
        let registry: Registry
    }

    private mutating func absorb(_ message: Message, into decoded: inout Decoded) {
        guard message.topic == ZigbeeNames.devicesTopic, !message.payload.isEmpty else { return }
        do throws(DocumentFailure) {
            if try zigbee.absorb(message.payload) { routes.removeAll(keepingCapacity: true) }
        } catch {
            decoded.rejections.append(Rejection(reason: error.reason, topic: message.topic, text: "zigbee2mqtt's list of devices: " + error.text))
        }
    }

    /// Works out what a topic means.
    private mutating func learn(_ topic: String, _ registry: Registry, at: Instant) -> Route {
        let fits = registry.fits(topic)
        if registry.hasZigbee, topic.hasPrefix(ZigbeeNames.bridgePrefix), fits.isEmpty || topic == ZigbeeNames.devicesTopic {
            return Route(fits: [], isBridge: true)
        }
        var foreign: (binding: BindingIndex, device: DeviceID)?
        for fit in fits where fit.compiled.isNamedByTopic {
            view.captures = fit.captures
            guard let section = fit.compiled.sections.first(where: { $0.isNamedByTopic }) else { continue }
            for identity in identities(of: section) {
                guard let binding = registry.binding(of: identity) else { continue }
                let device = registry.household.bindings[Int(binding)].device
                guard registry.profile(of: binding) == fit.compiled.profile else {
                    // A binding whose profile is unknown counts as none, so that a safety kind still passes.
                    // Nor does one whose profile reads the topic too, and finds the device in the payload.
                    let profile = registry.profile(of: binding)
                    if profile >= 0, !fits.contains(where: { $0.compiled.profile == profile }) { foreign = foreign ?? (binding, device) }
                    continue
                }
                return Route(
                    fits: fits.filter { $0.compiled.profile == fit.compiled.profile }, binding: binding, device: device,
                    slot: slot(of: IdentityTemplate.normalise(device), isBound: true, at: at))
            }
        }
        if registry.hasZigbee, topic.hasPrefix(ZigbeeNames.bridgePrefix) {
            // zigbee2mqtt's own topics are nobody's device, until someone binds the bridge itself.
            return Route(fits: [], isBridge: true)
        }
        return Route(fits: fits, binding: foreign?.binding, device: foreign?.device, isForeign: foreign != nil)
    }

    /// The names under which the device of the current item may be bound, best first. `view.captures` must be the fit's.
    func identities(of section: CompiledSection) -> [String] {
        for identity in section.identities {
            guard let raw = view.fill(identity.template) else { continue }
            let found = identity.isZigbee ? zigbee.identities(of: raw) : IdentityTemplate.normalise(raw, identity.scheme).map { [$0] } ?? []
            if !found.isEmpty { return found }
        }
        return []
    }

    /// The place of a device's memory, made when there is none.
    mutating func slot(of id: String, isBound: Bool, at: Instant) -> Int {
        if let slot = slotByID[id] {
            if memories[slot].isBound != isBound {
                memories[slot].isBound = isBound
                unboundCount += isBound ? -1 : 1
            }
            return slot
        }
        if !isBound, unboundCount >= Decoding.unboundDevicesMax { forget(Decoding.unboundDevicesMax / 2) { !$0.isBound } }
        if memories.count >= Decoding.devicesMax { forget(Decoding.devicesMax / 4) { _ in true } }
        memories.append(DeviceMemory(id: id, isBound: isBound, at: at))
        slotByID[id] = memories.count - 1
        if !isBound { unboundCount += 1 }
        return memories.count - 1
    }

    /// Forgets the `count` devices among those that have been silent longest.
    private mutating func forget(_ count: Int, among: (DeviceMemory) -> Bool) {
        let oldest = memories.filter(among).sorted { ($0.lastAt, $0.id) < ($1.lastAt, $1.id) }.prefix(count)
        let gone = Set(oldest.map(\.id))
        install(memories.filter { !gone.contains($0.id) })
    }

    mutating func install(_ list: [DeviceMemory]) {
        memories = list
        slotByID = Dictionary(list.enumerated().map { ($1.id, $0) }) { first, _ in first }
        unboundCount = list.count { !$0.isBound }
        routes.removeAll(keepingCapacity: true)
    }
}
