import Foundation

/// The sample messages, and archives multiplied from them.
enum SampleMail {
  /// The messages of samples/bounces.mbox, without their separators.
  static let bounces: [String] = {
    let text = (try? String(contentsOf: Mill.samples.appending(path: "bounces.mbox"), encoding: .isoLatin1)) ?? ""
    return text.components(separatedBy: "\nFrom MAILER-DAEMON ").map { message in
      message.drop { $0 != "\n" }.dropFirst() + "\n"
    }
  }()

  /// An mbox of so many messages, no two of them alike: copy `n` of a message speaks of addresses in domains of its
  /// own, so that there are as many subscribers.
  static func mbox(_ messages: Range<Int>) -> Data {
    var text = ""
    for index in messages {
      let copy = index / bounces.count
      text += "From MAILER-DAEMON Thu Oct  9 06:00:19 2025\n"
      text += bounces[index % bounces.count]
        .replacingOccurrences(of: "example.net", with: "n\(copy).example.net")
        .replacingOccurrences(of: "example.org", with: "n\(copy).example.org")
        .replacingOccurrences(of: "Message-I", with: "X-Copy: \(copy)\nMessage-I")
      text += "\n"
    }
    return text.data(using: .isoLatin1) ?? Data()
  }

  /// A row of samples/expected.csv.
  struct Expectation {
    var path, id, recipient, category, reason: String
  }

  /// What the writer of the samples means each of them to be.
  static func expectations() throws -> [Expectation] {
    let text = try String(contentsOf: Mill.samples.appending(path: "expected.csv"), encoding: .utf8)
    let rows = text.split(separator: "\n").map { fields(of: String($0)) }
    guard let names = rows.first else { return [] }
    return rows.dropFirst().map { row in
      let field = Dictionary(zip(names, row), uniquingKeysWith: { first, _ in first })
      return Expectation(
        path: field["path"] ?? "", id: field["id"] ?? "", recipient: field["recipient"] ?? "",
        category: field["category"] ?? "", reason: field["reason"] ?? "")
    }
  }

  /// RFC 4180, on one line.
  private static func fields(of line: String) -> [String] {
    var fields = [""]
    var quoted = false
    for character in line {
      switch character {
      case "\"": quoted.toggle()
      case "," where !quoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }
}
