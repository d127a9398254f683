import CareModel

extension Decoding {
    /// How far the payload of this message has been read.
    struct Document {
        /// The form in which the view holds it now.
        var format: PayloadFormat?
        var failed: [PayloadFormat] = []
        /// The first failure: what the message was meant to be.
        var failure: DocumentFailure?
    }

    /// Makes the payload readable as the shape wants it, and unpacks what it holds; false when it isn't of that sort.
    mutating func prepare(_ fit: Route.Fit, _ turn: Turn, _ document: inout Document) -> Bool {
        let compiled = fit.compiled
        view.captures = fit.captures
        view.item = 0
        view.outer.removeAll(keepingCapacity: true)
        view.parts.removeAll(keepingCapacity: true)
        view.fault = nil
        view.payloadCount = turn.message.payload.count
        if document.format == compiled.format {
            view.tree.cut(to: view.base)
        } else {
            if document.failed.contains(compiled.format) { return false }
            do throws(DocumentFailure) {
                try compiled.format.read(turn.message.payload, into: &view.tree)
                document.format = compiled.format
                if compiled.format.sort == .sparkplug { sparkplug.resolve(turn.message.topic, &view.tree, fixed: compiled.aliases) }
                view.base = view.tree.mark
            } catch {
                document.format = nil
                document.failed.append(compiled.format)
                document.failure = document.failure ?? error
                return false
            }
        }
        guard !view.tree.nodes.isEmpty else { return false }
        // A bare value is no document of fields.
        if compiled.format.sort == .json, view.tree.sort(0) != .object, view.tree.sort(0) != .array { return false }
        guard view.holds(compiled.when) else { return false }
        for (index, step) in compiled.steps.enumerated() { view.take(step, as: index) }
        return true
    }

    /// The topic names a bound device: its profile decides alone.
    mutating func decodeBound(_ route: Route, _ turn: Turn, into decoded: inout Decoded) {
        var document = Document()
        for fit in route.fits {
            guard prepare(fit, turn, &document) else { continue }
            let found = readSections(fit, of: .bound, route, turn, into: &decoded)
            if found.others > 0 { readStrangers(fit, turn, into: &decoded) }
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
        if let failure = document.failure { return (failure.reason, failure.text) }
        return (.unsupportedFormat, "the message is of no sort that the profile knows")
    }

    /// The payload names the device, or nobody has bound it.
    mutating func decodeShared(_ route: Route, _ turn: Turn, into decoded: inout Decoded) {
        var document = Document(), isBound = false, matching: [Route.Fit] = []
        for fit in route.fits {
            // Of one profile the first message that fits is read, here as elsewhere.
            guard !matching.contains(where: { $0.compiled.profile == fit.compiled.profile }), prepare(fit, turn, &document) else { continue }
            if fit.compiled.sections.contains(where: { !$0.isNamedByTopic }) {
                let found = readSections(fit, of: .bound, route, turn, into: &decoded)
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
            if let failure = document.failure, matching.isEmpty {
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
        if best.compiled.isGeneric, !turn.registry.isChosen { return readUnchosen(best, candidates, turn, into: &decoded) }
        let rejections = decoded.rejections.count
        readSections(best, of: .others, route, turn, into: &decoded)
        // Without an identity there is nothing to register: the rejection says so.
        if decoded.readings.count == readings, decoded.rejections.count > rejections { return }
        let device = decoded.readings.count > readings ? decoded.readings[readings].device : nil
        if candidates.count > 1 { keepSafety(from: readings, &decoded) }
        decoded.sightings.append(Sighting(
            why: candidates.count > 1 ? .severalProfiles : .unregistered, topic: turn.message.topic, device: device,
            candidates: candidates.map(\.compiled.profileName), payload: turn.message.payload))
    }

    /// A profile of a whole dialect that nobody has chosen: only what saves lives passes, and the device has no profile yet.
    private mutating func readUnchosen(_ fit: Route.Fit, _ candidates: [Route.Fit], _ turn: Turn, into decoded: inout Decoded) {
        var found = Decoded()
        readSections(fit, of: .others, nil, turn, into: &found)
        decoded.readings += found.readings.filter { $0.kind.isSafety }
        decoded.sightings.append(Sighting(
            why: .noProfile, topic: turn.message.topic, device: found.readings.first?.device, candidates: candidates.map(\.compiled.profileName), payload: turn.message.payload))
    }

    /// Items of devices that nobody has bound, in a message that also speaks of bound ones: only what saves lives passes.
    private mutating func readStrangers(_ fit: Route.Fit, _ turn: Turn, into decoded: inout Decoded) {
        let readings = decoded.readings.count
        readSections(fit, of: .others, nil, turn, into: &decoded)
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
    /// conditions and the more outputs found, then the name. What reads a whole dialect stands behind what reads a model.
    private mutating func rank(_ fits: [Route.Fit], _ turn: Turn, _ document: inout Document) -> [Route.Fit] {
        var ranked: [(score: Int, fit: Route.Fit)] = []
        for fit in fits {
            guard prepare(fit, turn, &document), turn.registry.isChosen || view.holds(fit.compiled.recognise) else { continue }
            guard !ranked.contains(where: { $0.fit.compiled.profile == fit.compiled.profile }) else { continue }
            var score = 100 * (fit.compiled.recognise.count + fit.compiled.when.count)
            for section in fit.compiled.sections {
                guard let scopes = view.scopes(of: section.each).first else { continue }
                (view.outer, view.item) = (scopes.dropLast(), scopes.last ?? 0)
                guard view.holds(section.when) else { continue }
                for output in section.outputs {
                    if case .reading = view.evaluate(output) { score += output.isSafety ? 10 : 1 }
                }
            }
            if fit.compiled.isZigbee, let identity = fit.compiled.sections.first?.identities.first, let name = view.fill(identity.template),
               let known = zigbee.device(named: name), !known.model.isEmpty, fit.compiled.models.contains(known.model) { score += 100_000 }
            if fit.compiled.isGeneric { score -= 1_000_000 }
            ranked.append((score, fit))
        }
        ranked.sort { ($1.score, $0.fit.compiled.profileName) < ($0.score, $1.fit.compiled.profileName) }
        guard let best = ranked.first else { return [] }
        if best.score >= 100_000 { return ranked.filter { $0.score >= 100_000 }.map(\.fit) }
        // A profile of a whole dialect is no rival of a model's own.
        return ranked.filter { $0.fit.compiled.isGeneric == best.fit.compiled.isGeneric }.map(\.fit)
    }
}
