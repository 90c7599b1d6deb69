import ArgumentParser
import Foundation
import Pipeline
import Review

struct RedactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact", abstract: "Write a message without the names in it that still gives the same verdict.",
    discussion: """
      Addresses, hosts, people's names, ids and long numbers are replaced, each by the same wherever it stands; \
      attachments and the text of the mail that came back are taken out. The result is judged, and written only when \
      the verdict is the same, by the same rule and the same evidence. Exit code 65 when no way is found.

      Words stay. Read the result before you send it to somebody: a person may be named in the middle of a sentence.
      """)

  @Argument(help: "A file with a message.")
  var file: String

  @Option(name: .customLong("message"), help: "Which message of the file, from 1, where it holds several.")
  var number: Int?

  @Option(name: .shortAndLong, help: "The file to write. Default: standard output.")
  var output: String?

  @Option(name: .shortAndLong, help: "A configuration file: for its rules and headers.")
  var config: String?

  func validate() throws {
    if let number, number < 1 { throw ValidationError("--message takes a number from 1 up") }
  }

  func run() throws {
    let configuration = try config.map { try Configuration(file: $0) }
    let redaction = try Redaction(file: file, number: number, configuration: configuration)
    if let output {
      do {
        try Data(redaction.message).write(to: URL(fileURLWithPath: output), options: .atomic)
      } catch {
        throw ReviewError("\(output): can't be written: \(error.localizedDescription)")
      }
    } else {
      FileHandle.standardOutput.write(Data(redaction.message))
    }
    var words = "same verdict (\(redaction.verdicts.joined(separator: ", "))); "
    words += "\(redaction.addresses) addresses and \(redaction.hosts) hosts replaced"
    if !redaction.kept.isEmpty {
      words += "; kept, as the verdict needs them: \(redaction.kept.joined(separator: ", "))"
    }
    words += "; read it before you send it"
    FileHandle.standardError.write(Data("returnmill: \(words)\n".utf8))
  }
}
