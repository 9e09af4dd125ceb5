/// The shellcheck rules that report a definite bug, whatever the arguments of the script.
///
/// shellcheck's levels rate risk, not certainty: a few of its errors are style, and many of its warnings are definite
/// bugs.
enum ShellFaults {
    /// Source: shellcheck.net/wiki, the page of each rule.
    static let certain: Set<String> = Set(
        """
        SC1014 SC1020 SC1018 SC1082 SC1101 SC1127 SC1128 SC2036 SC2037 SC2055 SC2065 SC2088 SC2092
        SC2097 SC2098 SC2099 SC2141 SC2147 SC2150 SC2151 SC2152 SC2158 SC2159 SC2160 SC2161 SC2171
        SC2189 SC2190 SC2193 SC2194 SC2195 SC2210 SC2211 SC2215 SC2217 SC2226 SC2227 SC2229 SC2232 SC2238
        SC2247 SC2252 SC2257 SC2258 SC2265 SC2266 SC2267 SC2296 SC2297 SC2298 SC2299 SC2300 SC2301 SC2309
        SC2327 SC2328 SC2332 SC2333 SC2334 SC2336
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    static func isError(_ rule: String, level: String) -> Bool { level == "error" || certain.contains(rule) }
}
