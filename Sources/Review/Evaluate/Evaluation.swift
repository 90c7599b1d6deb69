import ByteSlices
import Foundation
import Pipeline
import Records

/// Judges labelled messages, and compares.
public struct Evaluation: Sendable {
  public let score: Score
  /// Files that can't be read, and messages that are not in theirs.
  public let problems: [String]

  /// - Parameters:
  ///   - labels: which messages, and what they are.
  ///   - root: the folder that the labels' paths are relative to.
  /// - Throws: when rules are invalid, or when interrupted.
  public init(_ labels: Labels, root: String, configuration: Configuration?) throws {
    let examiner = try Examiner(configuration: configuration)
    var score = Score()
    var problems: [String] = []
    // A file may hold many labelled messages; it is read once.
    var wanted: [String: [Int]] = [:]
    for (place, message) in labels.messages.enumerated() { wanted[message.path, default: []].append(place) }
    var judged = [(verdicts: [Score.Judged], gravest: String)?](repeating: nil, count: labels.messages.count)
    for (path, places) in wanted.sorted(by: { $0.value[0] < $1.value[0] }) {
      let full = Configuration.absolute(path, to: root)
      var isFirst = true
      do {
        try examiner.forEachMessage(in: full) { record, _ in
          let id = record.id.hex
          for place in places where judged[place] == nil {
            if let wanted = labels.messages[place].id, wanted != id { continue }
            if labels.messages[place].id == nil, !isFirst { continue }
            let verdict = examiner.judge.judge(record, arena: examiner.arena)
            judged[place] = (verdict.verdicts.map(Score.Judged.init), verdict.category.rawValue)
          }
          isFirst = false
        }
      } catch let error as Interrupted {
        throw error
      } catch {
        problems.append("\(error)")
        continue
      }
      for place in places where judged[place] == nil {
        problems.append(
          "\(full): no message with the id \(labels.messages[place].id ?? "") (line "
            + "\(labels.messages[place].rows[0].line) of the labels)")
      }
    }
    for (place, message) in labels.messages.enumerated() {
      score.add(message, judged[place]?.verdicts, gravest: judged[place]?.gravest ?? "")
    }
    self.score = score
    self.problems = problems
  }
}

extension Score.Judged {
  init(_ verdict: Verdict) {
    self.init(
      recipient: String(verdict.recipient), category: verdict.category.rawValue, reason: String(verdict.reason),
      status: String(verdict.status), rule: String(verdict.rule))
  }
}
