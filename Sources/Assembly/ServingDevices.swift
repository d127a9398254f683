import CareModel

/// Which devices serve whom, gathered once: a list of residents asks for each of them.
struct ServingDevices {
    /// By resident: what is bound to that person. Places among the household's bindings, ascending.
    private var own: [[Int]]
    /// By home: what serves the home as a whole.
    private var shared: [[Int]]
    private let household: Household

    init(_ household: Household) {
        self.household = household
        own = Array(repeating: [], count: household.residents.count)
        shared = Array(repeating: [], count: household.homes.count)
        for (place, binding) in household.bindings.enumerated() {
            if binding.residents.isEmpty { shared[binding.home].append(place) }
            for resident in binding.residents { own[resident].append(place) }
        }
    }

    /// A resident's own devices, and those of the home.
    func devices(of resident: Int) -> [DeviceBinding] {
        (own[resident] + shared[household.residents[resident].home]).map { household.bindings[$0] }
    }
}
