import Glibc

/// Starting, finding and ending the broker's process.
enum BrokerProcess {
    /// `POSIX_SPAWN_SETSID` of glibc 2.26 and later, which Swift's Glibc doesn't show.
    private static let spawnInNewSession: Int16 = 0x80

    static func find(_ name: String) -> String? { candidates(name).first { access($0, X_OK) == 0 } }

    static func candidates(_ name: String) -> [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return ["/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"].map { $0 + name }
            + path.split(separator: ":").map { "\($0)/\(name)" }
    }

    /// Starts a program in a session of its own, without our descriptors, its output appended to `log`.
    ///
    /// - Returns: its process, or the system's error. It outlives us; while we live, `reap` must be called.
    static func start(_ program: String, _ arguments: [String], log: String?) -> Result<pid_t, SystemFailure> {
        // Nothing of ours may live on in it: a lock or a listening socket would outlive the hub.
        closeDescriptorsOnExec()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | (log == nil ? 0 : spawnInNewSession)
        posix_spawnattr_setflags(&attributes, flags)
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        argv.append(nil)
        defer { for argument in argv { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, argv, environ)
        return code == 0 ? .success(process) : .failure(SystemFailure(text: String(cString: strerror(code))))
    }

    struct SystemFailure: Error { var text: String }

    /// Runs a program to its end. Returns nil, or what went wrong.
    static func run(_ program: String, _ arguments: [String]) -> String? {
        switch start(program, arguments, log: nil) {
        case .failure(let failure): return failure.text
        case .success(let process):
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return TextFile.systemError() } }
            return status == 0 ? nil : "\(program) ended with status \(status >> 8 & 0xFF)"
        }
    }

    /// Takes the process off the table when it was ours and has ended.
    static func reap(_ process: pid_t) {
        var status: Int32 = 0
        _ = waitpid(process, &status, WNOHANG)
    }

    /// Whether `process` is a mosquitto that runs with exactly this configuration file.
    static func isBroker(_ process: pid_t, configuration: String) -> Bool {
        guard process > 1, let line = TextFile.read("/proc/\(process)/cmdline") else { return false }
        let arguments = line.split(separator: "\0").map(String.init)
        return arguments.first?.hasSuffix("mosquitto") == true && arguments.dropFirst().elementsEqual(["-c", configuration])
    }

    /// A mosquitto that runs with this configuration file, looked for among all processes.
    static func findBroker(configuration: String) -> pid_t? {
        guard let processes = opendir("/proc") else { return nil }
        defer { closedir(processes) }
        while let entry = readdir(processes) {
            if let process = pid_t(TextFile.name(of: entry)), isBroker(process, configuration: configuration) { return process }
        }
        return nil
    }

    /// Asks it to save and end; after `secondsMax` it is killed.
    static func end(_ process: pid_t, configuration: String, secondsMax: Int) {
        for signal in [SIGTERM, SIGKILL] {
            guard isBroker(process, configuration: configuration) else { break }
            kill(process, signal)
            for _ in 0..<secondsMax * 50 {
                reap(process)
                if !isBroker(process, configuration: configuration) { return }
                usleep(20_000)
            }
        }
        reap(process)
    }

    private static func closeDescriptorsOnExec() {
        guard let folder = opendir("/proc/self/fd") else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            guard let descriptor = Int32(TextFile.name(of: entry)), descriptor > 2 else { continue }
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0, flags & FD_CLOEXEC == 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }
}
