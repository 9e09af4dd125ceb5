import Foundation
import Synchronization

/// Temporary folders that carry the number of their process in their names, so that a later run can remove what a
/// killed one left.
package enum OwnedFolder {
    /// A name for a new folder, unique in this process: `PURPOSE-NAMESPACE.PID-RUNCOUNT`. Short, because paths of sockets
    /// have 107 bytes at most (unix(7)).
    package static func name(_ purpose: String) -> String {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return "\(purpose)-\(namespace).\(String(getpid(), radix: 36))-\(run)\(String(number, radix: 36))"
    }

    private static let count = Mutex(0)
    /// Tells this process from an earlier one with the same number, whose folders can still be there.
    private static let run = UUID().uuidString.prefix(2)

    /// Removes folders of these purposes whose process has ended; every purpose where none is named.
    ///
    /// Folders of other users, of other containers, and with something mounted in them stay.
    package static func removeLeftovers(in parent: String, of purposes: [String] = []) {
        let mounts = FileManager.default.lines(of: "/proc/self/mounts").compactMap {
            $0.split(separator: " ").dropFirst().first
        }
        for name in FileManager.default.names(in: parent) {
            guard let owner = owner(of: name), purposes.isEmpty || purposes.contains(owner.purpose) else { continue }
            guard kill(owner.process, 0) == -1, errno == ESRCH else { continue }
            let folder = parent.appendingPath(name)
            guard !mounts.contains(where: { $0.hasPrefix(folder) }) else { continue }
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private static func owner(of name: String) -> (purpose: String, process: pid_t)? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        let owner = parts[parts.count - 2].split(separator: ".")
        guard owner.count == 2, owner[0] == namespace, let process = pid_t(owner[1], radix: 36), process > 0 else {
            return nil
        }
        return (parts.dropLast(2).joined(separator: "-"), process)
    }

    /// The container's number among all that count processes by themselves: a number says nothing in another one.
    private static let namespace: String = {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        return String((link.flatMap { Int($0.filter(\.isNumber)) } ?? 0) % 46_656, radix: 36)
    }()
}

/// Room on a disk.
package enum DiskSpace {
    /// - Throws: `HarnessError`, one line with the path and the need, where the file system has less than `bytes` left.
    package static func require(_ bytes: Int, in folder: String, for purpose: String) throws {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        guard free < bytes else { return }
        throw HarnessError(
            "\(folder) has \(megabytes(free)) left, and \(purpose) needs \(megabytes(bytes))",
            remedy: "make room, or name another folder in HARNESS_HOME")
    }

    private static func megabytes(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }
}
