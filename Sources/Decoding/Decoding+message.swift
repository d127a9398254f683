import CareModel

extension Decoding {
    /// How far the payload of this message has been read.
    enum Document {
        case unread
        case read
        case failed(DocumentFailure)
    }

    /// Makes the payload readable as the shape wants it; false when it isn't of that form.
    mutating func prepare(_ fit: Route.Fit, _ turn: Turn, _ document: inout Document) -> Bool {
        view.captures = fit.captures
        view.item = 0
        view.payloadCount = turn.message.payload.count
        switch fit.compiled.format {
        case .json:
            view.text = nil
            if case .unread = document {
                do throws(DocumentFailure) {
                    try JSONReader.read(turn.message.payload, into: &view.tree, limits: .message)
                    document = .read
                } catch { document = .failed(error) }
            }
            guard case .read = document else { return false }
            if case .read = document, view.tree.nodes.isEmpty { return false }
            return true
        case .text:
            if let failure = JSONText.failure(in: turn.message.payload) {
                document = .failed(failure)
                return false
            }
            var bytes = turn.message.payload[...]
            while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
            while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
            view.text = String(decoding: bytes, as: UTF8.self)
            return true
        }
    }

    /// The topic names a bound device: its profile decides alone.
    mutating func decodeBound(_ route: Route, _ turn: Turn, into decoded: inout Decoded) {
        var document = Document.unread
        for fit in route.fits {
            guard prepare(fit, turn, &document), view.holds(fit.compiled.when) else { continue }
            let count = decoded.readings.count, rejections = decoded.rejections.count
            if let device = route.device, fit.compiled.isNamedByTopic {
                read(fit, device: device, binding: route.binding, slot: route.slot, ordinal: 0, turn, into: &decoded)
            } else {
                let found = readItems(fit, of: .bound, turn, into: &decoded)
                if found.others > 0 { readStrangers(fit, turn, into: &decoded) }
                if decoded.readings.count == count, decoded.rejections.count == rejections {
                    reject(.missingField, fit.compiled, device: route.device, binding: route.binding, turn, "nothing that the profile reads is in the message", into: &decoded)
                }
            }
            return
        }
        guard let first = route.fits.first else { return }
        let isSafety = route.fits.contains { $0.compiled.isSafety }
        let (reason, text) = Decoding.explain(document)
        decoded.rejections.append(Rejection(
            reason: reason, topic: turn.message.topic, device: route.device, binding: route.binding, profile: first.compiled.profileName,
            isSafety: isSafety, text: text))
    }

    static func explain(_ document: Document) -> (RejectionReason, String) {
        if case .failed(let failure) = document { return (failure.reason, failure.text) }
        return (.unsupportedFormat, "the message is of no sort that the profile knows")
    }

    /// The payload names the device, or nobody has bound it.
    mutating func decodeShared(_ route: Route, _ turn: Turn, into decoded: inout Decoded) {
        var document = Document.unread, isBound = false, matching: [Route.Fit] = []
        for fit in route.fits {
            guard prepare(fit, turn, &document), view.holds(fit.compiled.when) else { continue }
            if !fit.compiled.isNamedByTopic {
                let found = readItems(fit, of: .bound, turn, into: &decoded)
                if found.bound > 0 {
                    isBound = true
                    if found.others > 0 { readStrangers(fit, turn, into: &decoded) }
                }
            }
            matching.append(fit)
        }
        if isBound { return }
        let candidates = rank(matching, turn, &document)
        guard let best = candidates.first else {
            if case .failed(let failure) = document, matching.isEmpty {
                let isSafety = route.fits.allSatisfy { $0.compiled.isSafety }
                let only = Set(route.fits.map(\.compiled.profile)).count == 1 ? route.fits.first?.compiled.profileName : nil
                decoded.rejections.append(Rejection(reason: failure.reason, topic: turn.message.topic, profile: only, isSafety: isSafety, text: failure.text))
                return
            }
            decoded.sightings.append(Sighting(why: .noProfile, topic: turn.message.topic, candidates: [], payload: turn.message.payload))
            return
        }
        let readings = decoded.readings.count
        _ = prepare(best, turn, &document)
        let rejections = decoded.rejections.count
        readItems(best, of: .others, turn, into: &decoded)
        // Without an identity there is nothing to register: the rejection says so.
        if decoded.readings.count == readings, decoded.rejections.count > rejections { return }
        let device = decoded.readings.count > readings ? decoded.readings[readings].device : nil
        if candidates.count > 1 { keepSafety(from: readings, &decoded) }
        decoded.sightings.append(Sighting(
            why: candidates.count > 1 ? .severalProfiles : .unregistered, topic: turn.message.topic, device: device,
            candidates: candidates.map(\.compiled.profileName), payload: turn.message.payload))
    }

    /// Items of devices that nobody has bound, in a message that also speaks of bound ones: only what saves lives passes.
    private mutating func readStrangers(_ fit: Route.Fit, _ turn: Turn, into decoded: inout Decoded) {
        let readings = decoded.readings.count
        readItems(fit, of: .others, turn, into: &decoded)
        guard decoded.readings.count > readings else { return }
        let device = decoded.readings[readings].device
        keepSafety(from: readings, &decoded)
        decoded.sightings.append(Sighting(
            why: .unregistered, topic: turn.message.topic, device: device, candidates: [fit.compiled.profileName], payload: turn.message.payload))
    }

    private func keepSafety(from first: Int, _ decoded: inout Decoded) {
        let safety = decoded.readings[first...].filter { $0.kind.isSafety }
        decoded.readings.removeSubrange(first...)
        decoded.readings.append(contentsOf: safety)
    }

    /// The shapes that an unbound device's message fits, best first: the model that zigbee2mqtt names, then the more
    /// conditions and the more outputs found, then the name.
    private mutating func rank(_ fits: [Route.Fit], _ turn: Turn, _ document: inout Document) -> [Route.Fit] {
        var ranked: [(score: Int, fit: Route.Fit)] = []
        for fit in fits {
            guard prepare(fit, turn, &document), view.holds(fit.compiled.recognise) else { continue }
            guard !ranked.contains(where: { $0.fit.compiled.profile == fit.compiled.profile }) else { continue }
            var score = 100 * (fit.compiled.recognise.count + fit.compiled.when.count)
            if let item = view.items(of: fit.compiled).first {
                view.item = item
                for output in fit.compiled.outputs {
                    if case .reading = view.evaluate(output) { score += output.isSafety ? 10 : 1 }
                }
            }
            if fit.compiled.isZigbee, let name = view.fill(fit.compiled.identity.template), let known = zigbee.device(named: name), !known.model.isEmpty {
                if fit.compiled.models.contains(known.model) { score += 100_000 }
            }
            ranked.append((score, fit))
        }
        ranked.sort { ($1.score, $0.fit.compiled.profileName) < ($0.score, $1.fit.compiled.profileName) }
        if let best = ranked.first, best.score >= 100_000 { return ranked.filter { $0.score >= 100_000 }.map(\.fit) }
        return ranked.map(\.fit)
    }

    /// Which items of a message are meant: those of devices bound to the profile, or those of all others.
    enum Owners { case bound, others }

    /// Reads the items of the message, each under the device that it names.
    ///
    /// - Returns: how many items belong to bound devices, and how many to others.
    @discardableResult
    mutating func readItems(_ fit: Route.Fit, of owners: Owners, _ turn: Turn, into decoded: inout Decoded) -> (bound: Int, others: Int) {
        var counts = (bound: 0, others: 0)
        let firstRejection = decoded.rejections.count
        charged.removeAll(keepingCapacity: true)
        let items = view.text == nil ? view.items(of: fit.compiled) : [0]
        for (ordinal, item) in items.enumerated() {
            view.item = item
            // A fault that many items share is told once.
            defer {
                if decoded.rejections.count > firstRejection + 1, let last = decoded.rejections.last, decoded.rejections[firstRejection...].dropLast().contains(last) {
                    decoded.rejections.removeLast()
                }
            }
            if fit.compiled.binary != nil { _ = loadBinary(fit.compiled) }
            let found = identities(of: fit)
            guard let first = found.first else {
                counts.others += 1
                if owners == .others { reject(.identityMissing, fit.compiled, device: nil, binding: nil, turn, "the message doesn't say which device it is about", into: &decoded) }
                continue
            }
            if let identity = found.first(where: { turn.registry.binding(of: $0) != nil }), let binding = turn.registry.binding(of: identity),
               turn.registry.profile(of: binding) == fit.compiled.profile {
                counts.bound += 1
                guard owners == .bound else { continue }
                let device = turn.registry.household.bindings[Int(binding)].device
                read(fit, device: device, binding: binding, slot: slot(of: identity, isBound: true, at: turn.at), ordinal: ordinal, turn, into: &decoded)
            } else if owners == .bound {
                counts.others += 1
            } else if let (binding, profile) = otherProfile(found, turn.registry) {
                reject(
                    .unsupportedFormat, fit.compiled, device: turn.registry.household.bindings[Int(binding)].device, binding: binding, turn,
                    "the device is bound to another profile, which doesn't know this message", isSafety: turn.registry.book.profiles[profile].isSafety, into: &decoded)
            } else {
                counts.others += 1
                read(fit, device: DeviceID(first), binding: nil, slot: slot(of: first, isBound: false, at: turn.at), ordinal: ordinal, turn, into: &decoded)
            }
        }
        return counts
    }

    /// The binding of one of these names to some profile that exists.
    private func otherProfile(_ identities: [String], _ registry: Registry) -> (binding: BindingIndex, profile: Int)? {
        for identity in identities {
            if let binding = registry.binding(of: identity), registry.profile(of: binding) >= 0 { return (binding, registry.profile(of: binding)) }
        }
        return nil
    }

    func reject(_ reason: RejectionReason, _ compiled: CompiledShape, device: DeviceID?, binding: BindingIndex?, _ turn: Turn, _ text: String, isSafety: Bool? = nil, into decoded: inout Decoded) {
        decoded.rejections.append(Rejection(
            reason: reason, topic: turn.message.topic, device: device, binding: binding, profile: compiled.profileName,
            isSafety: isSafety ?? compiled.isSafety, text: text))
    }
}
