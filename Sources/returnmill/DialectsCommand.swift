import ArgumentParser
import Foundation
import Parse
import Pipeline

struct DialectsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dialects", abstract: "List the forms of report that are known, and count which of them mail has.",
    discussion: """
      With files or folders, counts how many of their messages each dialect read. With --doc, prints docs/dialects.md.
      """)

  @Argument(help: "Files and folders to count in: single messages, mboxes, .gz of them, Maildirs.")
  var paths: [String] = []

  @Flag(help: "Print the reference page in Markdown: a table, and an example of each.")
  var doc = false

  @Option(help: ArgumentHelp("With --doc: take the counts from an earlier page.", valueName: "page"))
  var countsFrom: String?

  func validate() throws {
    if countsFrom != nil, !paths.isEmpty { throw ValidationError("--counts-from takes the place of PATHS: name one") }
    if countsFrom != nil, !doc { throw ValidationError("--counts-from goes with --doc") }
  }

  func run() throws {
    let dialects = try DialectSet.bundled()
    if let countsFrom {
      let page: String
      do {
        page = try String(contentsOfFile: countsFrom, encoding: .utf8)
      } catch {
        throw ConfigurationError("\(countsFrom): can't be read as text: \(error.localizedDescription)")
      }
      print(dialects.reference(countsOf: page), terminator: "")
      return
    }
    let tally = try DialectCensus.tally(paths, dialects: dialects)
    if doc {
      print(dialects.reference(tally), terminator: "")
      return
    }
    for entry in dialects.entries {
      let count = paths.isEmpty ? "" : "\(tally.counts[entry.id] ?? 0)\t"
      print("\(count)\(entry.id)\t\(entry.name)")
    }
    guard !paths.isEmpty else { return }
    for (kind, count) in tally.structured.sorted(by: { $0.key < $1.key }) { print("\(count)\t(\(kind))\tno dialect") }
  }
}
