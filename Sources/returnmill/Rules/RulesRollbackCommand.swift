import ArgumentParser
import Foundation
import Pipeline

struct RulesRollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Take back the last change of the workspace's rules.",
    discussion: """
      Puts in force again what was before the last `rules install` or `reclassify --apply`, and shows what that \
      changes. The next run judges by it.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var judging: JudgingOptions

  func run() throws {
    let change = try RuleChange(try options.configuration())
    try judging.show(change, try change.goingBack(), options)
    try change.rollBack()
    FileHandle.standardError.write(Data("the rules before the last change are in force from the next run on\n".utf8))
    change.release()
    if judging.apply { try judging.run(options) }
  }
}
