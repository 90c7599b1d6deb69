import ByteSlices

/// A Maildir that is there, and takes a campaign's messages as they come.
///
/// A file is written in `tmp`; once the ledger says that it is staged, it is moved to `new`. So a staged file that is no
/// longer in `tmp` was delivered, whoever has fetched it since.
final class MaildirOutlet: BatchOutlet {
  let place: String
  private let campaign: UInt32
  private var files: MaildirFiles?
  private var staged: [Int] = []

  init(path: String, campaign: UInt32) {
    place = path
    self.campaign = campaign
  }

  func recover(staged: [Int], values: (String) throws -> String?) throws -> Recovery {
    let files = try opened()
    try files.move(staged, from: files.tmp, to: files.new, mayBeGone: true)
    return .delivered
  }

  func stage(_ message: Outgoing) throws {
    let files = try opened()
    try files.write(message, into: files.tmp)
    staged.append(message.subscriber)
  }

  func prepare() throws -> [String: String] {
    let files = try opened()
    try files.sync(staged, in: files.tmp)
    return [:]
  }

  func release() throws -> [String: String] {
    let files = try opened()
    try files.move(staged, from: files.tmp, to: files.new, mayBeGone: false)
    staged.removeAll(keepingCapacity: true)
    return [:]
  }

  var settled: [String: String] { [:] }

  private func opened() throws -> MaildirFiles {
    if let files { return files }
    let made = try MaildirFiles(path: place, campaign: campaign)
    files = made
    return made
  }
}
