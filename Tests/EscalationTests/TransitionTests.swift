@testable import Escalation
import CareModel
import Testing

@Test("the life of an incident follows its table, row by row")
func transitionTable() {
    let table = """
        open         taken          acknowledged
        open         takenByOther   acknowledged
        open         contacted      contacted
        open         arrived        on_site
        open         closed         resolved
        open         recovered      resolved
        open         occurredAgain  open
        open         attempted      acknowledged
        open         transferred    acknowledged
        open         reminded       open
        open         joined         open
        open         shelved        open
        open         unshelved      open
        open         reopened       open
        open         superseded     open
        acknowledged taken          acknowledged
        acknowledged takenByOther   !already_taken
        acknowledged contacted      contacted
        acknowledged arrived        on_site
        acknowledged closed         resolved
        acknowledged recovered      resolved
        acknowledged occurredAgain  open
        acknowledged attempted      acknowledged
        acknowledged transferred    acknowledged
        acknowledged reminded       acknowledged
        acknowledged joined         acknowledged
        acknowledged shelved        acknowledged
        acknowledged unshelved      open
        acknowledged reopened       acknowledged
        acknowledged superseded     acknowledged
        contacted    taken          contacted
        contacted    takenByOther   !already_taken
        contacted    contacted      contacted
        contacted    arrived        on_site
        contacted    closed         resolved
        contacted    recovered      contacted
        contacted    occurredAgain  open
        contacted    attempted      contacted
        contacted    transferred    contacted
        contacted    reminded       contacted
        contacted    joined         contacted
        contacted    shelved        contacted
        contacted    unshelved      open
        contacted    reopened       contacted
        contacted    superseded     contacted
        on_site      taken          on_site
        on_site      takenByOther   !already_taken
        on_site      contacted      on_site
        on_site      arrived        on_site
        on_site      closed         resolved
        on_site      recovered      on_site
        on_site      occurredAgain  open
        on_site      attempted      on_site
        on_site      transferred    on_site
        on_site      reminded       on_site
        on_site      joined         on_site
        on_site      shelved        on_site
        on_site      unshelved      open
        on_site      reopened       on_site
        on_site      superseded     on_site
        resolved     taken          !already_resolved
        resolved     takenByOther   !already_resolved
        resolved     contacted      !already_resolved
        resolved     arrived        !already_resolved
        resolved     closed         !already_resolved
        resolved     recovered      !already_resolved
        resolved     occurredAgain  !already_resolved
        resolved     attempted      !already_resolved
        resolved     transferred    !already_resolved
        resolved     reminded       !already_resolved
        resolved     joined         !already_resolved
        resolved     shelved        !already_resolved
        resolved     unshelved      !already_resolved
        resolved     reopened       open
        resolved     superseded     !superseded
        """
    var lines: [String] = []
    for state in IncidentState.allCases {
        for cause in Cause.allCases {
            let outcome = switch Transition.outcome(state, cause) {
            case .to(let next): next.name
            case .refused(let why): "!" + why.name
            }
            lines.append([state.name, "\(cause)", outcome].joined(separator: " "))
        }
    }
    let expected = table.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines == expected)
}
