import CareModel

/// What the plan does otherwise at some hours of the day, for people to read.
extension ResponsePlan {
    /// A response with a time of day, and what reaches it before any other one.
    public struct Variation: Sendable, Hashable {
        public var response: Response
        public var takes: [Share]
    }

    /// Categories of which a response takes the same priorities.
    public struct Share: Sendable, Hashable {
        /// In the order of their numbers.
        public var categories: [Category]
        /// The most urgent first.
        public var priorities: [Priority]
    }

    /// In the file's order; a response that others always come before is left out.
    public var variations: [Variation] {
        responses.indices.compactMap { index -> Variation? in
            guard let between = responses[index].between else { return nil }
            let minutes = changes(within: between)
            var takes: [Share] = []
            for category in Category.allCases {
                let priorities = Priority.allCases.sorted(by: >).filter { priority in minutes.contains { isFirst(index, priority, category, minute: $0) } }
                if priorities.isEmpty { continue }
                if let place = takes.firstIndex(where: { $0.priorities == priorities }) {
                    takes[place].categories.append(category)
                } else {
                    takes.append(Share(categories: [category], priorities: priorities))
                }
            }
            return takes.isEmpty ? nil : Variation(response: responses[index], takes: takes)
        }
    }

    /// The minutes of a window at which what matches may become another: its beginning, and where other windows begin and end in it.
    private func changes(within window: DayWindow) -> [Int] {
        let others = responses.compactMap(\.between).flatMap { [$0.fromMinute, $0.toMinute % 1_440] }
        return [window.fromMinute] + others.filter { window.contains(minute: $0) }
    }

    /// Whether nothing before it matches; of kinds that it names, the first of each pattern stands for all.
    private func isFirst(_ index: Int, _ priority: Priority, _ category: Category, minute: Int) -> Bool {
        let named = responses[index].kinds.map { $0.utf8.last == UInt8(ascii: "*") ? String($0.dropLast()) : $0 }
        return (named.isEmpty ? [""] : named).contains { kind in
            index == responses.firstIndex { $0.matches(kind: kind, priority: priority, category: category) && ($0.between?.contains(minute: minute) ?? true) }
        }
    }
}
