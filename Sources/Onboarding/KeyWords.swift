/// Keys of devices, made comparable.
enum KeyWords {
    /// Letters and digits only, in lower case: `Heart-Rate`, `heart_rate` and `heartRate` are one.
    static func normal(_ key: String) -> String {
        var out = ""
        for c in key.lowercased().unicodeScalars where c.properties.isAlphabetic || (c.value >= 48 && c.value <= 57) { out.unicodeScalars.append(c) }
        return out
    }

    /// The words of a key: at each change of case and at everything that is no letter.
    static func parts(_ key: String) -> [String] {
        var parts: [String] = [], word = "", wasLower = false
        for c in key.unicodeScalars {
            let isUpper = c.value >= 65 && c.value <= 90
            guard c.properties.isAlphabetic || (c.value >= 48 && c.value <= 57) else {
                if !word.isEmpty { parts.append(word.lowercased()) }
                (word, wasLower) = ("", false)
                continue
            }
            if isUpper, wasLower {
                parts.append(word.lowercased())
                word = ""
            }
            word.unicodeScalars.append(c)
            wasLower = !isUpper
        }
        if !word.isEmpty { parts.append(word.lowercased()) }
        return parts
    }
}
