import Lambda

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The environment without Foundation, which would make the executable larger by more than half.
func environment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let variable = String(cString: text)
        if let equals = variable.firstIndex(of: "=") {
            result[String(variable[..<equals])] = String(variable[variable.index(after: equals)...])
        }
        entry += 1
    }
    return result
}

exit(await LambdaRuntime.run(environment()))
