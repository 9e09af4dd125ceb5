import Tooling

/// Restrictions on a container's process, read inside the container.
struct ContainmentVerification: Sendable {
    let engine: ContainerEngine
    let workloads: [Deployment]

    func all() async throws -> [Assertion] {
        var claims: [Assertion] = []
        let containers = try await engine.containers()
        for workload in workloads {
            let own = containers.filter { $0.workload == workload.title && $0.isRunning }
            var inside: [Inside] = []
            for container in own { inside.append(try await engine.look(into: container)) }
            claims += Self.claims(workload, inside)
        }
        return claims
    }

    /// Fails if one container does not meet the condition, or if no container exists.
    static func claims(_ workload: Deployment, _ inside: [Inside]) -> [Assertion] {
        let name = workload.name
        func each(id: String, _ text: String, _ value: KeyPath<Inside, String>, _ holds: (String) -> Bool) -> Assertion
        {
            let seen = inside.map { $0[keyPath: value] }
            return Assertion(
                id: id, "\(name): \(text)", !seen.isEmpty && seen.allSatisfy(holds), seen: seen.joined(separator: ", "))
        }
        return [
            each(id: "non-root", "the container's user is not root", \.user) { !["", "0"].contains($0) },
            each(id: "read-only-root", "writing to the root file system fails", \.root) { $0 == "refused, ro" },
            each(id: "no-capabilities", "the process has no capabilities and can gain none", \.capabilities) {
                Set($0) == ["0", " "]
            },
            each(id: "no-privilege-escalation", "the process cannot gain privileges", \.noNewPrivileges) { $0 == "1" },
            each(id: "seccomp", "seccomp filters the process's system calls", \.seccomp) { $0 == "2" },
            each(id: "memory-limit", "the memory limit is the manifest's", \.memory) {
                $0 == "\(workload.limits.memory)"
            },
            each(id: "process-limit", "the number of processes is limited", \.processes) {
                $0 == "\(Deployment.processLimit)"
            },
        ]
    }

    /// Values that the kernel reports in the container; empty if unreadable.
    struct Inside: Sendable {
        let user, root, capabilities, noNewPrivileges, seccomp, memory, processes: String

        init(_ text: String) {
            let lines = text.split(separator: "\n").map {
                $0.split(whereSeparator: { ": \t".contains($0) }).map(String.init)
            }
            func value(_ name: String) -> String { lines.first { $0.first == name }?.dropFirst().first ?? "" }
            user = value("Uid")
            capabilities = "\(value("CapEff")) \(value("CapBnd"))"
            noNewPrivileges = value("NoNewPrivs")
            seccomp = value("Seccomp")
            // An unprivileged user cannot write to a writable file system either.
            root = "\(value("root")), \(value("mount"))"
            memory = value("memory")
            processes = value("pids")
        }
    }
}

extension ContainerEngine {
    /// Runs in the container with its process's rights; the image may have no tools.
    fileprivate func look(into container: Container) async throws -> ContainmentVerification.Inside {
        // Built-in commands only. The second paths are those of cgroup v1.
        let shell = """
            while read -r line; do echo "$line"; done </proc/1/status
            for pair in memory=memory.max memory=memory/memory.limit_in_bytes pids=pids.max pids=pids/pids.max; do
              file=/sys/fs/cgroup/${pair#*=}
              if [ -r "$file" ]; then read -r value <"$file"; echo "${pair%%=*} $value"; fi
            done
            if (: >/harness-probe) 2>/dev/null; then echo "root written"; else echo "root refused"; fi
            while read -r device point type options rest; do
              if [ "$point" = / ]; then echo "mount ${options%%,*}"; fi
            done </proc/1/mounts
            """
        let python = """
            import os
            print(open('/proc/1/status').read())
            for name, path in (('memory', 'memory.max'), ('memory', 'memory/memory.limit_in_bytes'),
                               ('pids', 'pids.max'), ('pids', 'pids/pids.max')):
                path = '/sys/fs/cgroup/' + path
                if os.path.exists(path): print(name, open(path).read().strip())
            try:
                open('/harness-probe', 'w').close()
                print('root written')
            except OSError: print('root refused')
            for line in open('/proc/1/mounts'):
                if line.split()[1] == '/': print('mount', line.split()[3].split(',')[0])
            """
        for (program, option, script) in [("sh", "-c", shell), ("python3", "-c", python), ("python", "-c", python)] {
            let arguments = ["exec", container.id, program, option, script]
            let output = try await Command(docker.program, arguments, environment: docker.environment).run()
            // 126 and 127: the image lacks the program.
            if ![126, 127].contains(output.exitCode ?? 0) { return ContainmentVerification.Inside(output.stdout) }
        }
        return ContainmentVerification.Inside("")
    }
}
