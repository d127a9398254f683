import CareModel

/// What moves an incident from one state to another.
enum Cause: Int, Hashable, Sendable, CaseIterable {
    /// Its owner, or anybody while it is open, takes it.
    case taken = 0
    /// Somebody else than its owner wants to take it.
    case takenByOther = 1
    case contacted = 2
    case arrived = 3
    /// A person closes it with a reason.
    case closed = 4
    /// Every condition behind it is over, and none of them latches.
    case recovered = 5
    /// The same life-safety thing happened again: whoever holds it must answer anew.
    case occurredAgain = 6
}

/// The life of an incident as data: `(state, cause) → state | refusal`.
enum Transition {
    enum Outcome: Hashable, Sendable {
        case to(IncidentState)
        case refused(Refusal)
    }

    /// One row a state, one column a cause in the order of `Cause`.
    ///
    /// Recovery closes what nobody works at. After contact a person stands in the middle of it and closes with a
    /// reason, which the alarm-quality report needs; the recovery is annotated.
    static let table: [[Outcome]] = [
        /* open         */ [.to(.acknowledged), .to(.acknowledged), .to(.contacted), .to(.onSite), .to(.resolved), .to(.resolved), .to(.open)],
        /* acknowledged */ [.to(.acknowledged), .refused(.alreadyTaken), .to(.contacted), .to(.onSite), .to(.resolved), .to(.resolved), .to(.open)],
        /* contacted    */ [.to(.contacted), .refused(.alreadyTaken), .to(.contacted), .to(.onSite), .to(.resolved), .to(.contacted), .to(.open)],
        /* on_site      */ [.to(.onSite), .refused(.alreadyTaken), .to(.onSite), .to(.onSite), .to(.resolved), .to(.onSite), .to(.open)],
        /* resolved     */ Array(repeating: .refused(.alreadyResolved), count: Cause.allCases.count),
    ]

    static func outcome(_ state: IncidentState, _ cause: Cause) -> Outcome { table[Int(state.rawValue)][cause.rawValue] }
}
