import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A Maildir that is not there yet: it is made beside its place, and put there as a whole when the campaign is complete.
///
/// So nobody reads it meanwhile, and a file needs to be written only, not moved: a third of its cost. The ledger has the
/// messages as staged until then. What it doesn't know when a run begins is of a batch that died, and is removed.
final class NewMaildirOutlet: BatchOutlet {
  let place: String
  let deliversAtEnd = true
  private let campaign: UInt32
  private var files: MaildirFiles?
  private var staged: [Int] = []
  /// All that wait for the end.
  private var waiting: [Int] = []

  /// The ledger's note of the place that is being made.
  static let making = "maildir in the making"

  /// Where the Maildir is while it is made.
  private let workshop: String

  init(path: String, campaign: UInt32) {
    place = path
    self.campaign = campaign
    workshop = NewMaildirOutlet.workshop(path, campaign)
  }

  private static func workshop(_ path: String, _ campaign: UInt32) -> String {
    // Beside the place and not in it, however its path ends.
    let end = path.lastIndex { $0 != "/" }.map { path.index(after: $0) } ?? path.endIndex
    return "\(path[..<end]).\(String(campaign, radix: 16)).partial"
  }

  /// Whether a campaign goes this way: its Maildir is not there, or was begun so and not put in its place.
  static func isWanted(_ path: String, campaign: UInt32, _ ledger: CampaignLedger) throws -> Bool {
    let isThere = access(path, F_OK) == 0
    if try ledger.value(making) == path { return !isThere || access(workshop(path, campaign), F_OK) == 0 }
    return try !isThere && ledger.staged().isEmpty
  }

  func recover(staged: [Int], values: (String) throws -> String?) throws -> Recovery {
    let wasBegun = access(workshop, F_OK) == 0
    let files = try opened()
    guard wasBegun else { return .lost }
    try files.keepOnly(staged, in: files.new)
    waiting = staged
    return .kept
  }

  func stage(_ message: Outgoing) throws {
    let files = try opened()
    try files.write(message, into: files.new)
    staged.append(message.subscriber)
  }

  func prepare() throws -> [String: String] {
    let files = try opened()
    try files.sync(staged, in: files.new)
    waiting += staged
    staged.removeAll(keepingCapacity: true)
    return settled
  }

  func release() throws -> [String: String] {
    let files = try opened()
    if rename(workshop, place) != 0 {
      guard errno == ENOTEMPTY || errno == EEXIST else {
        throw MaildirFiles.failure("\(workshop) can't be put there", place)
      }
      // Somebody else has made one meanwhile.
      let there = try MaildirFiles(path: place, campaign: campaign)
      try files.move(waiting, from: files.new, to: there.new, mayBeGone: true)
      for folder in ["tmp", "new", "cur", ""] { rmdir("\(workshop)/\(folder)") }
    }
    let parent = open(place + "/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if parent >= 0 { close(parent) } }
    guard parent >= 0, fsync(parent) == 0 else { throw MaildirFiles.failure("its folder can't be synced", place) }
    waiting.removeAll()
    return [NewMaildirOutlet.making: ""]
  }

  var settled: [String: String] { [NewMaildirOutlet.making: place] }

  private func opened() throws -> MaildirFiles {
    if let files { return files }
    let made = try MaildirFiles(path: workshop, campaign: campaign)
    files = made
    return made
  }
}
