import CareModel
import Hummingbird

/// Turns a press into a command, posts it, and says what became of it. One desk for every command route.
struct CommandDesk: Sendable {
    let commands: any CommandPosting
    let answerLimit: Duration

    /// - Parameters:
    ///   - verb: the last word of the route.
    ///   - action: reads its own fields; what it leaves is an unknown field.
    func take(
        _ request: Request, _ context: ServingContext, _ verb: String, _ action: (inout RequestFields) throws -> Command.Action
    ) async throws -> Response {
        try RequestQuery(request).finish()
        let press = try await carryOut(try await RequestFields(request), context, verb, action)
        var body: [(String, JSONValue)] = [("command_id", .string(press.id)), ("outcome", .string("done"))]
        if let revision = press.revision { body.append(("revision", .int(Int(revision)))) }
        if let deed = press.deed { body += [("at", .string(deed.at.description)), ("incidents", .array(deed.incidents.map { .string($0.description) }))] }
        return JSONValue.object(body).response()
    }

    /// A press that was carried out.
    struct Press {
        /// As the client named it.
        var id: String
        /// Of the incident that it was about.
        var revision: UInt32?
        /// Of a press about a person.
        var deed: Deed?
    }

    /// - Parameter object: what it is about, where the path doesn't name it.
    /// - Throws: what the client gets instead, when it was refused or is not known to be done.
    func carryOut(
        _ given: RequestFields, _ context: ServingContext, _ verb: String, about object: String? = nil,
        _ action: (inout RequestFields) throws -> Command.Action
    ) async throws -> Press {
        let caller = try context.caller()
        var fields = given
        let pressID = try fields.string("command_id", bytesMax: ServingLimits.commandIDBytesMax) ?? randomHex(bytes: 16)
        guard !pressID.isEmpty else { throw ErrorAnswer.invalid("command_id", "must not be empty") }
        let revision = try fields.int("expected_revision", in: 1...Int(UInt32.max)).map { UInt32($0) }
        let actor = try fields.string("actor", bytesMax: ServingLimits.actorBytesMax) ?? caller.actor
        guard actor == caller.actor || caller.maySpeakForOthers, !actor.isEmpty else {
            throw ErrorAnswer(.forbidden, "actor_not_allowed", "this role can't act in another person's name")
        }
        let wish = try action(&fields)
        try fields.finish()
        // The caller, the verb and its object are part of the name: two clients that both count from one, or
        // one that numbers its presses by incident, must not swallow each other's.
        let object = object ?? ["id", "key"].lazy.compactMap { name in context.parameters.get(name).flatMap { _ in try? context.parameter(name) } }.first
        let id = CommandID("\(caller.actor)/\(verb)/\(object ?? "")/\(pressID)")
        let command = Command(id: id, actor: actor, role: caller.role, via: context.via, action: wish, expectedRevision: revision)
        switch try await answer(to: command, pressID) {
        case .busy(let seconds): throw ErrorAnswer.busy(seconds, commandID: pressID)
        case .outcome(.refused(let refusal)): throw ErrorAnswer.refused(refusal, commandID: pressID)
        case .outcome(.done(let revision)): return Press(id: pressID, revision: revision > 0 ? revision : nil)
        case .outcome(.carriedOut(let deed)): return Press(id: pressID, deed: deed)
        }
    }

    /// Waits at most `answerLimit`. The post itself goes on: a press that is in the mailbox is carried out, and
    /// the client learns the answer by asking again under the same id.
    private func answer(to command: Command, _ pressID: String) async throws -> CommandAnswer {
        let (answers, source) = AsyncStream.makeStream(of: Result<CommandAnswer, any Error>?.self, bufferingPolicy: .bufferingOldest(1))
        Task {
            let result: Result<CommandAnswer, any Error>
            do { result = .success(try await commands.post(command)) } catch { result = .failure(error) }
            source.yield(result)
        }
        let alarm = Task {
            do { try await Task.sleep(for: answerLimit) } catch { return }
            source.yield(nil)
        }
        defer { alarm.cancel() }
        var first = answers.makeAsyncIterator()
        switch await first.next() {
        case .some(.some(.success(let answer))):
            return answer
        case .some(.some(.failure)):
            throw ErrorAnswer(.serviceUnavailable, "not_carried_out", "the hub could not carry it out; ask again", retryAfterSeconds: 1, commandID: pressID)
        case .some(.none), .none:
            let message = "the hub has not answered yet; ask again with the same command_id"
            throw ErrorAnswer(.serviceUnavailable, "unconfirmed", message, retryAfterSeconds: 1, commandID: pressID)
        }
    }
}
