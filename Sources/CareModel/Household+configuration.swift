extension Household {
    /// Limits of homes.yaml; each is tested at the limit and one past it.
    public enum ConfigurationLimits {
        /// A hub of a community centre; a home has one.
        public static let homesMax = 2_000
        public static let residentsPerHomeMax = 64
        public static let devicesPerHomeMax = 256
        public static let residentsPerDeviceMax = 16
        public static let contactsPerResidentMax = 16
        public static let identifiersPerResidentMax = 8
        /// The longest way of a contact to the home: a day.
        public static let minutesAwayMax = 1_440
        /// A year: whoever is visited more seldom needs no reminder of it.
        public static let visitDaysMax = 366
        /// Persons whom devices may tell apart, counted once for each such device: each is watched by itself.
        public static let sharedUsersMax = 20_000
    }

    /// Reads homes.yaml.
    ///
    /// - Parameters:
    ///   - homes: the root of the file.
    ///   - zone: the table of an IANA name; nil where there is none.
    ///   - profiles: names that a binding may have.
    ///   - problems: gets every fault with its place; what is faulty is left out of the result.
    /// - Returns: homes, residents and bindings in the file's order.
    public static func read(
        homes: ConfigurationNode, zone: (String) -> TimeZoneTable?, profiles: [String], _ problems: inout Problems
    ) -> Household {
        var reading = HouseholdReading(profiles: profiles)
        var root = MappingReader(homes, "homes.yaml", &problems)
        _ = root.required("homes", &problems)
        let list = root.list("homes", &problems)
        root.finish(&problems)
        if list.count > ConfigurationLimits.homesMax {
            problems.add("config.too_many", at: list[ConfigurationLimits.homesMax].place, "at most \(ConfigurationLimits.homesMax) homes for one hub")
        }
        for node in list.prefix(ConfigurationLimits.homesMax) { reading.readHome(node, zone, &problems) }
        reading.bindDevices(&problems)
        reading.checkIdentifiers(&problems)
        return Household(homes: reading.homes, residents: reading.residents, bindings: reading.bindings)
    }
}

/// One pass over homes.yaml; devices are bound last, so that a resident of another home is told from an unknown one.
struct HouseholdReading {
    let profiles: [String]
    var homes: [Home] = []
    var residents: [Resident] = []
    var bindings: [DeviceBinding] = []
    private var homePlaces: [String: Place] = [:]
    private var residentPlaces: [String: Place] = [:]
    private var devicePlaces: [String: Place] = [:]
    private var devices: [(home: Int, node: ConfigurationNode)] = []
    /// Where each identifier stands, by resident.
    var identifierPlaces: [(resident: Int, text: String, place: Place)] = []
    /// Where `via` and `shared` stand, by binding.
    var viaPlaces: [(binding: Int, place: Place)] = []
    var sharedPlaces: [(binding: Int, place: Place)] = []

    init(profiles: [String]) { self.profiles = profiles }

    mutating func readHome(_ node: ConfigurationNode, _ zone: (String) -> TimeZoneTable?, _ problems: inout Problems) {
        var reader = MappingReader(node, "a home", &problems)
        let id = identifier(&reader, "home", &homePlaces, &problems)
        let zoneNode = reader.required("timezone", &problems)
        var table = TimeZoneTable.utc
        if let zoneNode, let name = zoneNode.string("timezone", &problems) {
            if let found = zone(name) {
                table = found
            } else {
                problems.add("config.unknown_timezone", at: zoneNode.place, "\"\(name)\" is no time zone of this machine; write an IANA name such as Asia/Shanghai")
            }
        }
        let place = texts(reader.optional("place"), "place", &problems)
        let access = texts(reader.optional("access"), "access", &problems)
        let people = reader.list("residents", &problems)
        let occupantsNode = reader.optional("occupants")
        let occupants = occupantsNode?.int("occupants", in: 0...1_000, &problems) ?? max(1, people.count)
        if let occupantsNode, occupants < people.count {
            problems.add("config.contradiction", at: occupantsNode.place, "\"occupants\" is \(occupants), but \(people.count) residents are listed; count everybody who lives there")
        }
        let hasPets = reader.optional("pets").map { pets($0, &problems) } ?? false
        let index = homes.count
        let ruleSet = ruleSet(&reader, &problems)
        let bound = reader.list("devices", &problems)
        reader.finish(&problems)
        limit(people, Household.ConfigurationLimits.residentsPerHomeMax, "residents in one home", &problems)
        limit(bound, Household.ConfigurationLimits.devicesPerHomeMax, "devices in one home", &problems)
        homes.append(Home(
            id: HomeID(id ?? ""), zone: table, station: place.first { $0.key == "station" }?.text ?? "",
            address: place.filter { $0.key != "station" }.map(\.text).joined(separator: " "),
            access: access.map(\.text).joined(separator: "；"), occupants: occupants, hasPets: hasPets,
            ruleSet: ruleSet))
        for person in people { readResident(person, home: index, &problems) }
        devices += bound.map { (index, $0) }
    }

    private mutating func readResident(_ node: ConfigurationNode, home: Int, _ problems: inout Problems) {
        var reader = MappingReader(node, "a resident", &problems)
        let id = identifier(&reader, "resident", &residentPlaces, &problems)
        let name = reader.string("name", default: "", &problems)
        var born = ""
        if let value = reader.optional("born"), let text = value.string("born", &problems) {
            if isBirthDate(text) {
                born = text
            } else {
                problems.add("config.wrong_type", at: value.place, "\"born\" must be YYYY-MM-DD or YYYY")
            }
        }
        let sex = reader.choice("sex", ["female", "male", "other", "unknown"], default: "unknown", &problems) ?? "unknown"
        let limits = entries(reader.optional("limits"), "limits", &problems).map { LimitOverride(rule: $0.key, parameters: $0.value) }
        let contactNodes = reader.list("contacts", &problems)
        limit(contactNodes, Household.ConfigurationLimits.contactsPerResidentMax, "contacts of one resident", &problems)
        let contacts = contactNodes.map { contact($0, &problems) }
        let consent = words(reader.optional("consent"), "consent", &problems)
        let chains = words(reader.optional("chains"), "chains", &problems)
        let notes = words(reader.optional("notes"), "notes", &problems).joined(separator: "\n")
        let identifiers = identifiers(reader.list("identifiers", &problems), resident: residents.count, &problems)
        let ruleSet = ruleSet(&reader, &problems)
        let visitDays = reader.optional("visit_days").flatMap { $0.int("visit_days", in: 1...Household.ConfigurationLimits.visitDaysMax, &problems) }
        reader.finish(&problems)
        guard let id else { return }
        residents.append(Resident(
            id: ResidentID(id), home: home, name: name, born: born, sex: sex, limits: limits, contacts: contacts, consent: consent, chains: chains, notes: notes,
            identifiers: identifiers, ruleSet: ruleSet, visitDays: visitDays))
    }

    private func ruleSet(_ reader: inout MappingReader, _ problems: inout Problems) -> RuleSetChoice? {
        guard let node = reader.optional("rule_set"), let name = node.string("rule_set", &problems) else { return nil }
        return RuleSetChoice(name: name, place: node.place)
    }

    private func contact(_ node: ConfigurationNode, _ problems: inout Problems) -> Contact {
        var reader = MappingReader(node, "a contact", &problems)
        let contact = Contact(
            name: reader.string("name", &problems) ?? "", relation: reader.string("relation", default: "", &problems),
            phone: reader.string("phone", default: "", &problems), holdsKey: reader.bool("key_holder", default: false, &problems),
            minutesAway: reader.optional("minutes_away")?.int("minutes_away", in: 0...Household.ConfigurationLimits.minutesAwayMax, &problems))
        reader.finish(&problems)
        return contact
    }

    /// Binds what `readHome` set aside.
    mutating func bindDevices(_ problems: inout Problems) {
        for (home, node) in devices { bind(node, home: home, &problems) }
    }

    private mutating func bind(_ node: ConfigurationNode, home: Int, _ problems: inout Problems) {
        var reader = MappingReader(node, "a device", &problems)
        let profileNode = reader.required("profile", &problems)
        let profile = profileNode?.string("profile", &problems)
        if let profileNode, let profile, !profiles.contains(profile) {
            problems.add("config.unknown_profile", at: profileNode.place, "there is no profile \"\(profile)\"" + hint(profile, among: profiles))
        }
        let deviceNode = reader.required("device", &problems)
        let device = deviceNode.flatMap { deviceID($0, "device", &problems) }
        let room = reader.string("room", default: "", &problems)
        let whoNode = reader.required("resident", &problems), who = whoNode.flatMap { wearers($0, home: home, &problems) }
        let sharedNode = reader.optional("shared"), isShared = sharedNode?.bool("shared", &problems) ?? false
        if isShared, let sharedNode, who?.isEmpty == false {
            problems.add("config.contradiction", at: sharedNode.place, "\"shared: true\" means anybody of the hub, but \"resident\" names somebody; write resident: home, or leave \"shared\" out")
        }
        let viaNode = reader.optional("via"), via = viaNode.flatMap { deviceID($0, "via", &problems) }
        let calls = reader.optional("calls")?.bool("calls", &problems)
        reader.finish(&problems)
        guard let deviceNode, let device else { return }
        if let first = devicePlaces[device.text] {
            problems.add("config.duplicate_device", at: deviceNode.place, "the device \(device) is bound already at \(first); one device belongs to one home")
            return
        }
        devicePlaces[device.text] = deviceNode.place
        guard let profile, let who else { return }
        if let viaNode, via != nil { viaPlaces.append((bindings.count, viaNode.place)) }
        if isShared, let sharedNode { sharedPlaces.append((bindings.count, sharedNode.place)) }
        bindings.append(DeviceBinding(device: device, profile: profile, home: home, residents: who, room: room, isShared: isShared, via: via, calls: calls))
    }

    /// `home` gives none; one identifier or a list gives the indices of residents of this home.
    private func wearers(_ node: ConfigurationNode, home: Int, _ problems: inout Problems) -> [Int]? {
        var nodes = [node]
        if case .sequence(let items) = node.content {
            nodes = items
            if items.isEmpty || items.count > Household.ConfigurationLimits.residentsPerDeviceMax {
                problems.add("config.out_of_range", at: node.place, "\"resident\" must name 1 to \(Household.ConfigurationLimits.residentsPerDeviceMax) residents, or home")
                return nil
            }
        } else if case .scalar("home", _) = node.content {
            return []
        }
        var indices: [Int] = []
        for item in nodes {
            guard let text = item.string("resident", &problems) else { return nil }
            guard let index = residents.firstIndex(where: { $0.id.text == text }) else {
                let known = residents.filter { $0.home == home }.map(\.id.text)
                problems.add("config.unknown_resident", at: item.place, "no resident \"\(text)\" is listed" + hint(text, among: known + ["home"]))
                return nil
            }
            guard residents[index].home == home else {
                let other = homes[residents[index].home].id
                problems.add("config.unknown_resident", at: item.place, "\"\(text)\" lives in home \(other), the device is listed in \(homes[home].id)")
                return nil
            }
            guard !indices.contains(index) else {
                problems.add("config.duplicate_id", at: item.place, "\"\(text)\" stands twice")
                return nil
            }
            indices.append(index)
        }
        return indices
    }
}

// MARK: - Single values
extension HouseholdReading {
    private static let schemes = ["ieee", "deveui", "imei", "mac", "topic"]

    /// `scheme:identifier` in the one spelling that Decoding gives messages: lower case, hexadecimal digits without
    /// separators, an `ieee` address with `0x`.
    private func deviceID(_ node: ConfigurationNode, _ key: String, _ problems: inout Problems) -> DeviceID? {
        guard let text = node.string(key, &problems) else { return nil }
        let parts = text.lowercased().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = String(parts[0])
        let isPrintable = text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        guard parts.count == 2, HouseholdReading.schemes.contains(scheme), !parts[1].isEmpty, isPrintable, text.utf8.count <= Limits.identifierBytesMax else {
            problems.add("config.malformed_device", at: node.place, "\"\(text)\" is no device identifier; write ieee: deveui: imei: mac: or topic: and the number on the device")
            return nil
        }
        guard scheme != "topic" else { return DeviceID(scheme + ":" + parts[1]) }
        var digits = String(parts[1].filter { $0 != ":" && $0 != "-" && $0 != " " })
        if scheme == "ieee", digits.hasPrefix("0x") { digits.removeFirst(2) }
        let isHexadecimal = scheme != "imei"
        let isNumber = digits.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || (isHexadecimal && $0 >= 97 && $0 <= 102) }
        let count = scheme == "mac" ? 12 : 16
        guard isNumber, isHexadecimal ? digits.utf8.count == count : !digits.isEmpty else {
            let wanted = isHexadecimal ? "\(count) hexadecimal digits" : "digits only"
            problems.add("config.malformed_device", at: node.place, "\"\(text)\": after \(scheme): come \(wanted)")
            return nil
        }
        return DeviceID(scheme + ":" + (scheme == "ieee" ? "0x" : "") + digits)
    }

    private func identifier(_ reader: inout MappingReader, _ what: String, _ places: inout [String: Place], _ problems: inout Problems) -> String? {
        guard let node = reader.required("id", &problems), let text = node.string("id", &problems) else { return nil }
        let isPlain = text.unicodeScalars.allSatisfy { $0.value > 32 && $0.value != 127 && $0 != "/" && $0 != "+" && $0 != "#" && $0 != ":" }
        guard !text.isEmpty, text.utf8.count <= Limits.identifierBytesMax, isPlain, text != "home" else {
            problems.add("config.malformed_id", at: node.place, "\"\(text)\" cannot be an id; use letters, digits, hyphen and dot, and not the word home")
            return nil
        }
        if let first = places[text] {
            problems.add("config.duplicate_id", at: node.place, "the \(what) \"\(text)\" stands already at \(first)")
            return nil
        }
        places[text] = node.place
        return text
    }

    /// Entries of a mapping in their order, each key once.
    private func entries(_ node: ConfigurationNode?, _ key: String, _ problems: inout Problems) -> [ConfigurationNode.Entry] {
        guard let node else { return [] }
        guard case .mapping(let entries) = node.content else {
            problems.add("config.wrong_type", at: node.place, "\"\(key)\" must be a mapping of keys to values")
            return []
        }
        return entries
    }

    /// The texts of a mapping whose keys are free, for instance of a place.
    private func texts(_ node: ConfigurationNode?, _ key: String, _ problems: inout Problems) -> [(key: String, text: String)] {
        entries(node, key, &problems).compactMap { entry in
            entry.value.isNull ? nil : entry.value.string(entry.key, &problems).map { (entry.key, $0) }
        }
    }

    /// A text, a list of texts, or a mapping of words to true or false, of which the true ones count.
    private func words(_ node: ConfigurationNode?, _ key: String, _ problems: inout Problems) -> [String] {
        guard let node else { return [] }
        switch node.content {
        case .null: return []
        case .scalar(let text, _): return [text]
        case .sequence(let items): return items.compactMap { $0.string(key, &problems) }
        case .mapping(let entries):
            return entries.compactMap { entry in
                if case .scalar(let text, _) = entry.value.content, text != "true", text != "false" { return entry.key + ":" + text }
                return entry.value.bool(entry.key, &problems) == true ? entry.key : nil
            }
        }
    }

    /// true or false, how many, or which.
    private func pets(_ node: ConfigurationNode, _ problems: inout Problems) -> Bool {
        switch node.content {
        case .sequence(let items): return !items.isEmpty
        case .scalar("true", false): return true
        case .scalar("false", false), .scalar("0", _), .scalar("none", _), .scalar("no", _), .null: return false
        case .scalar(let text, _): return !text.isEmpty
        case .mapping:
            problems.add("config.wrong_type", at: node.place, "\"pets\" must be true or false, a number, or a list of animals")
            return false
        }
    }

    func limit(_ items: [ConfigurationNode], _ most: Int, _ what: String, _ problems: inout Problems) {
        guard items.count > most else { return }
        problems.add("config.too_many", at: items[most].place, "at most \(most) \(what)")
    }

    private func isBirthDate(_ text: String) -> Bool {
        var scanner = DigitScanner(Array(text.utf8))
        guard let year = scanner.number(4), (1_850...2_200).contains(year) else { return false }
        if scanner.isAtEnd { return true }
        guard scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"), let day = scanner.number(2), scanner.isAtEnd else { return false }
        return CivilTime(year: year, month: month, day: day).isValid
    }

    private func hint(_ text: String, among names: [String]) -> String {
        if let near = closestName(to: text, among: names) { return "; did you mean \"\(near)\"?" }
        return names.isEmpty ? "" : "; known: " + names.prefix(20).joined(separator: ", ")
    }
}

/// The name that differs least from `text`, at most a third of its letters; nil when none is near. For suggestions.
public func closestName(to text: String, among names: [String]) -> String? {
    let wanted = Array(text.unicodeScalars.prefix(64))
    var best: (name: String, distance: Int)?
    for name in names {
        let other = Array(name.unicodeScalars.prefix(64))
        var row = Array(0...other.count)
        for (i, a) in wanted.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in other.enumerated() {
                let changed = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, diagonal + 1)
            }
        }
        if let last = row.last, last * 3 <= max(wanted.count, 3), last < best?.distance ?? .max { best = (name, last) }
    }
    return best?.name
}
