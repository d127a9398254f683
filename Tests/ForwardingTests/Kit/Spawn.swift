import Glibc
// Every file of these tests uses it.
@_exported import TestSupport

/// Runs a program to its end, at most `seconds`; its exit status, or nil when it had to be killed.
func runProgram(_ program: String, _ arguments: [String], environment: [String: String] = [:], output: String = "/dev/null", seconds: Double = 60) async throws -> Int32? {
    let process = try spawn(program, arguments, environment: environment, output: output, leadsGroup: true)
    var status: Int32 = 0
    let isOver = await eventually(seconds: seconds) { waitpid(process, &status, WNOHANG) == process }
    guard isOver else {
        killGroup(process)
        return nil
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
}
