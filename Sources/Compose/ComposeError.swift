/// Why a campaign can't be composed. Each names the file and the place in it.
public enum ComposeError: Error, Equatable, CustomStringConvertible {
  /// A template can't be read.
  case template(file: String, line: Int, problem: String)
  /// A template names a field that no subscriber can have.
  case unknownField(file: String, line: Int, field: String, known: [String])
  /// A member of the campaign file makes no sense.
  case campaign(file: String, key: String, problem: String)
  /// The campaign has begun otherwise.
  case changed(campaign: String, what: String, sent: Int, ledger: String)
  /// Another process composes this campaign.
  case busy(campaign: String, lock: String)
  /// The place that messages go to doesn't take them.
  case output(place: String, problem: String)
  /// The transport gave up; what it had accepted is in the ledger.
  case stopped(place: String, problem: String, sent: Int)

  public var description: String {
    switch self {
    case .template(let file, let line, let problem): "\(file), line \(line): \(problem)"
    case .unknownField(let file, let line, let field, let known):
      "\(file), line \(line): unknown field \"\(field)\"; known are \(known.joined(separator: ", ")). Import subscribers "
        + "with that field, or give it a value under \"defaults\" in the campaign file"
    case .campaign(let file, let key, let problem): "\(file): \"\(key)\": \(problem)"
    case .changed(let campaign, let what, let sent, let ledger):
      "campaign \"\(campaign)\" has begun with other \(what): \(sent) subscribers are in its ledger. Put it back as it was, give "
        + "this one another name, or, to have the rest get the new form, use --accept-changes (the ledger is \(ledger))"
    case .busy(let campaign, let lock):
      "campaign \"\(campaign)\" is being composed by another process (\(lock)); wait for it to end"
    case .output(let place, let problem): "\(place): \(problem)"
    case .stopped(let place, let problem, let sent):
      "\(place): \(problem). \(sent) messages were accepted in this run; run the same command again to go on with the rest"
    }
  }
}
