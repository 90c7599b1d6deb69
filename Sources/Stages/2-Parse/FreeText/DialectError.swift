/// What is wrong with a dialect file, where, and what to do about it.
public struct DialectError: Error, CustomStringConvertible {
  public let file: String
  /// Counted from 1; 0 when the file as a whole is meant.
  public let line: Int
  public let dialect: String
  public let problem: String
  public let mend: String

  public var description: String {
    let place = line > 0 ? "\(file):\(line)" : file
    let whose = dialect.isEmpty ? "" : " dialect \(dialect):"
    return "dialects/\(place):\(whose) \(problem). \(mend)."
  }
}
