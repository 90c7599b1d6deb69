import ByteSlices
import Mail
import Patterns
import Records

/// Reads reports on delivery that are written for people: tells the dialect by its signs, then finds the recipients
/// and the server's words where that dialect puts them. One for each worker; not thread-safe.
///
/// The scan for signs is one pass over each field; only a dialect that was told costs more.
public final class FreeTextReader {
  private let set: DialectSet
  private let arena: Arena
  private let signs: SignScanner
  private let matcher: Matcher
  private let collector: RecipientCollector

  /// How much of a text is looked at; reports are short, what they return may be long.
  private static let textLimit = 256 << 10

  /// Slices in reports lie in the input, the dialects' data, or `arena`, which the caller resets between messages.
  /// - Throws: `NoMemory`.
  public init(_ set: DialectSet, arena: Arena) throws {
    self.set = set
    self.arena = arena
    let databases = [set.headers, set.subject, set.from, set.text, set.certainText]
    signs = try SignScanner(databases, signs: set.signCount, tells: set.tells)
    matcher = try Matcher()
    collector = RecipientCollector(matcher: matcher, bystander: set.bystander, arena: arena)
  }

  /// Where each field's database stands among those of `signs`.
  enum Place {
    static let headers = 0
    static let subject = 1
    static let from = 2
    static let text = 3
    static let certainText = 4
  }

  /// Whether a header may hold signs.
  func looksAt(_ field: HeaderField) -> Bool { set.signHeaders.shows(field) }

  /// Reads one message.
  public func read(_ input: FreeTextInput) -> FreeTextReport {
    var report = FreeTextReport(reportEnd: input.text.count)
    let text = input.text.prefix(FreeTextReader.textLimit)
    signs.begin()
    matcher.gaveUp = false
    signs.scan(input.headers, Place.headers)
    signs.scan(input.subject, Place.subject)
    signs.scan(input.from, Place.from)
    let isPromising = signs.contains(anyOf: set.promising)
    signs.scan(text, isPromising ? Place.text : Place.certainText)

    let isNull = signs.first(of: set.tells.null) != nil
    let isMachine = signs.first(of: set.tells.machine) != nil
    let isReportLike = isMachine || signs.first(of: set.tells.failure) != nil
    let isNever = signs.first(of: set.tells.never) != nil
    var unasked = set.tells.dialects
    while let told = signs.first(of: unasked) {
      let tell = set.tells.tells[told]
      let (place, later) = set.tells.dialect(toldBy: told)
      let dialect = set.dialects[place]
      unasked = later
      // Vacation notices come from the null sender too: for the nameless that is not enough.
      let isNameless = dialect.priority == 0
      let isLikely = isReportLike || tell.namesSubject || tell.isEnough || isNull && !isNameless
      // A server that puts the sender's own subject above its report, "Re:" and all, is a server still.
      let isWelcome = !isNever || isNull && isMachine
      guard tell.namesSender || isLikely && isWelcome || isNull && !isNameless else { continue }
      let end = originalStart(of: dialect, in: text)
      // What the returned original says is not the report's.
      if !isMachine, dialect.unless.contains(where: { $0.holds(signs, before: end) }) { continue }
      collector.begin(
        input, report: text.prefix(end), original: input.text.dropFirst(end), action: action(of: dialect))
      collector.collect(dialect, isNameless && !isMachine ? .named : .anybody)
      for supplement in set.supplements where supplement !== dialect {
        if supplement.tells.contains(where: { $0.holds(signs) }) { collector.supplement(supplement) }
      }
      if collector.recipients.isEmpty {
        if dialect.isPersonal, !isMachine { break }
        if isNameless, !isMachine { continue }
      }
      if !report.isReport || !collector.recipients.isEmpty {
        report.isReport = true
        report.complaint = dialect.complaints.first { $0.tell.holds(signs) }?.type.slice ?? .empty
        report.dialect = dialect.id.slice
        report.reportEnd = end == text.count ? input.text.count : end
        report.recipients = collector.finish()
        report.isCut = collector.isCut
      }
      if !report.recipients.isEmpty { break }
    }
    report.gaveUp = signs.gaveUp || matcher.gaveUp
    return report
  }

  private func action(of dialect: Dialect) -> ByteSlice {
    for (action, tell) in dialect.actions where tell.holds(signs) { return action.slice }
    return dialect.action.slice
  }

  /// The first place where the dialect, or any, begins a returned original; the text's end without one.
  private func originalStart(of dialect: Dialect, in text: ByteSlice) -> Int {
    var start = text.count
    for pattern in [dialect.original, set.original] {
      guard let pattern, pattern.match(in: text, from: 0, with: matcher), let range = matcher.range(0) else { continue }
      start = min(start, range.lowerBound)
    }
    return start
  }
}
