import CareModel
import Hummingbird

/// Who may use a route.
enum Access: Hashable, Sendable {
    case open
    /// Everyone with a token that isn't bound to one queue.
    case anyone
    case roles(Set<Role>)
    /// A receiver of that queue, or one of these roles.
    case receiver(Set<Role>)
    /// One of these roles, or a wall's own token.
    case screens(Set<Role>)

    static let readers: Access = .roles([.caregiver, .supervisor, .administrator, .technician, .inspector])
    /// What a wall shows too, without names.
    static let boards: Access = .screens([.caregiver, .supervisor, .administrator, .technician, .inspector])
    static let carers: Access = .roles([.caregiver, .supervisor, .administrator])
    static let supervisors: Access = .roles([.supervisor, .administrator])
    /// Those who see their own people and nothing else.
    static let families: Access = .roles([.family])
    static let technicians: Access = .roles([.technician, .administrator])
    static let receivers: Access = .receiver([.supervisor, .administrator])

    func admits(_ principal: Principal) -> Bool {
        switch self {
        case .open: true
        case .anyone: principal.queue == nil
        case .roles(let roles): principal.queue == nil && !principal.isWall && roles.contains(principal.role)
        case .receiver(let roles): principal.queue != nil || !principal.isWall && roles.contains(principal.role)
        case .screens(let roles): principal.queue == nil && (principal.isWall || roles.contains(principal.role))
        }
    }
}

/// One row of the API: who may use it, over which object, and what it answers. The OpenAPI file, the role matrix and the router are held
/// against the same table.
struct Route: Sendable {
    typealias Answer = @Sendable (Request, ServingContext) async throws -> Response

    let method: HTTPRequest.Method
    /// As OpenAPI writes it: `/api/v1/incidents/{id}`.
    let path: String
    let access: Access
    /// What it is about: the rights of who asks must reach it. Told by the path where nothing else is said.
    let object: RouteObject
    /// Whether a locked screen may go on using it: it then shows no names.
    let isOpenWhenLocked: Bool
    let answer: Answer

    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, over object: RouteObject? = nil, isOpenWhenLocked: Bool = false, _ answer: @escaping Answer
    ) {
        (self.method, self.path, self.access, self.answer) = (method, path, access, answer)
        self.object = object ?? RouteObject(path: path)
        self.isOpenWhenLocked = isOpenWhenLocked
    }

    /// Whether it changes something, and so needs more than a cookie.
    var isWrite: Bool { method != .get }

    var routerPath: RouterPath {
        let parts = path.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}") ? ":" + part.dropFirst().dropLast() : String(part)
        }
        return RouterPath("/" + parts.joined(separator: "/"))
    }
}
