import Foundation

/// Measures the core's rules on public data, each row through Detection with the shipped rule files.
/// usage: vigil-evaluate DATA RULES [ROW…]; DATA holds the data sets as plain .csv; scripts/evaluate prepares them.
/// usage: vigil-evaluate core RULES [READINGS]; what the core costs (scripts/bench core).
var arguments = Array(CommandLine.arguments.dropFirst())
if arguments.count >= 2, arguments[0] == "core" {
    let isReached = try CoreBench.main(rules: URL(filePath: arguments[1]), readings: arguments.count > 2 ? Int(arguments[2]) ?? 2_000_000 : 2_000_000)
    exit(isReached ? 0 : 1)
}
guard arguments.count >= 2 else {
    FileHandle.standardError.write(Data("usage: vigil-evaluate DATA RULES [ROW…]; run scripts/evaluate\n".utf8))
    exit(2)
}
let folders = Folders(data: URL(filePath: arguments[0]), rules: URL(filePath: arguments[1]))
let wanted = Array(arguments.dropFirst(2))
let rows: [(name: String, run: (Folders) throws -> [Row])] = [
    ("score", ScoreRow.run), ("courses", CourseRow.run), ("falls", FallRow.run), ("inactivity", InactivityRow.run), ("beds", BedRow.run),
    ("streams", StreamRow.run),
]
var isShort = false
for row in rows where wanted.isEmpty || wanted.contains(row.name) {
    let began = ContinuousClock.now
    do {
        let found = try row.run(folders)
        if found.isEmpty { print("\(row.name): no data in \(folders.data.path), skipped") }
        for one in found {
            print(one.line)
            for part in one.partLines { print(part) }
            if one.isReached == false { isShort = true }
        }
    } catch {
        print("\(row.name): \(error)")
        isShort = true
    }
    FileHandle.standardError.write(Data("\(row.name): \(ContinuousClock.now - began)\n".utf8))
}
exit(isShort ? 1 : 0)
