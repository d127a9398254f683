import CareModel

/// What moves an incident from one state to another, or happens to it and leaves it where it is.
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
    /// A call that reached nobody, or nobody who understood.
    case attempted = 7
    /// A colleague accepts what was offered.
    case transferred = 8
    /// Its owner has not called yet, or the next tier is told.
    case reminded = 9
    /// More of the same, worse or less bad.
    case joined = 10
    /// A person puts it aside for a while.
    case shelved = 11
    /// The time of the shelf is over, or somebody takes it from there, or it became worse.
    case unshelved = 12
    /// The closing was a mistake.
    case reopened = 13
    /// The same, while a newer incident of the same thing is open.
    case superseded = 14
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
    /// reason, which the alarm-quality report needs; the recovery is annotated. What comes off the shelf must be answered anew.
    static let table: [[Outcome]] = [
        /* open */ [
            .to(.acknowledged), .to(.acknowledged), .to(.contacted), .to(.onSite), .to(.resolved), .to(.resolved), .to(.open), .to(.acknowledged),
            .to(.acknowledged), .to(.open), .to(.open), .to(.open), .to(.open), .to(.open), .to(.open),
        ],
        /* acknowledged */ [
            .to(.acknowledged), .refused(.alreadyTaken), .to(.contacted), .to(.onSite), .to(.resolved), .to(.resolved), .to(.open), .to(.acknowledged),
            .to(.acknowledged), .to(.acknowledged), .to(.acknowledged), .to(.acknowledged), .to(.open), .to(.acknowledged), .to(.acknowledged),
        ],
        /* contacted */ [
            .to(.contacted), .refused(.alreadyTaken), .to(.contacted), .to(.onSite), .to(.resolved), .to(.contacted), .to(.open), .to(.contacted),
            .to(.contacted), .to(.contacted), .to(.contacted), .to(.contacted), .to(.open), .to(.contacted), .to(.contacted),
        ],
        /* on_site */ [
            .to(.onSite), .refused(.alreadyTaken), .to(.onSite), .to(.onSite), .to(.resolved), .to(.onSite), .to(.open), .to(.onSite),
            .to(.onSite), .to(.onSite), .to(.onSite), .to(.onSite), .to(.open), .to(.onSite), .to(.onSite),
        ],
        /* resolved */ Cause.allCases.map { cause in
            switch cause {
            case .reopened: .to(.open)
            case .superseded: .refused(.superseded)
            default: .refused(.alreadyResolved)
            }
        },
    ]

    static func outcome(_ state: IncidentState, _ cause: Cause) -> Outcome { table[Int(state.rawValue)][cause.rawValue] }
}
