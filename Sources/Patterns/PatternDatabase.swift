import ByteSlices

/// All patterns of one field. Their required literals are looked for in one pass over the text; a pattern whose literals
/// are there is confirmed by PCRE2.
///
/// A thousand rules describe wordings by bounded gaps and wide alternatives, which is what one big automaton is worst
/// at: it took seconds to compile and ran at 10 MB/s. Literals are found at memory speed, and the few patterns that they
/// leave are cheap to try. Immutable after compilation, so workers share it.
///
/// Patterns share words, and sets of them: each is counted once a text, and only the most telling set of a pattern
/// brings the pattern up. So a text costs what stands in it, not how many rules know its words.
public final class PatternDatabase: @unchecked Sendable {
  private let literals: LiteralFinder?
  /// Whether each word stands within one line.
  private let staysInLine: Bool
  private let patterns: [Pattern]
  /// Patterns without literals, tried on every text.
  private let always: [Int32]
  fileprivate let wordCount: Int
  fileprivate let clauseCount: Int
  /// The clauses that each word belongs to, of those that are some pattern's most telling.
  private let clausesOfWord: IndexLists
  /// The patterns whose most telling clause each is.
  private let patternsOfClause: IndexLists
  /// The words of each other clause: looked at when another of its pattern's has been seen.
  private let wordsOfClause: IndexLists
  private let isLeading: [Bool]
  /// For each pattern, as many clauses as one may have; -1 for none.
  private let clauses: [Int32]
  /// For each of these, how far behind the beginning of a match its words stand.
  private let distances: [RequiredLiterals.Span]

  /// Where in a text a match may begin: offsets in bytes, the last included.
  public struct Window: Sendable {
    public static let all = Window(first: 0, last: .max)
    let first: Int32
    let last: Int32
  }

  /// Patterns that were not taken: their places, and what the library says.
  public struct Refusal: Error {
    public let failures: [(index: Int, message: String)]
  }

  /// - Parameters:
  ///   - expressions: patterns for bytes, in PCRE2's syntax; caseless in ASCII, `^` and `$` at every line.
  ///   - dotAll: whether `.` takes a line end.
  ///   - isKnown: whether the expression at a place was tried before and found good: most of these are never needed, and
  ///     so never compiled.
  /// - Throws: `Refusal`, with all that do not compile.
  public init(expressions: [String], dotAll: Bool, isKnown: (Int) -> Bool = { _ in false }) throws {
    var failures: [(index: Int, message: String)] = []
    var patterns: [Pattern] = []
    for (index, expression) in expressions.enumerated() {
      do {
        patterns.append(try Pattern(expression, dotAll: dotAll, captures: false, isKnown: isKnown(index)))
      } catch {
        failures.append((index, "\(error.words) at byte \(error.offset)"))
      }
    }
    guard failures.isEmpty else { throw Refusal(failures: failures) }
    self.patterns = patterns

    var words = Numbering<[UInt8]>()
    var sets = Numbering<[Int32]>()
    var always: [Int32] = []
    var clauses: [Int32] = []
    var distances: [RequiredLiterals.Span] = []
    var leading: [(clause: Int32, pattern: Int32)] = []
    for (index, expression) in expressions.enumerated() {
      let required = RequiredLiterals(expression).clauses
      let numbers = required.map { clause in sets.number(clause.literals.map { words.number(Array($0)) }.sorted()) }
      if let first = numbers.first { leading.append((first, Int32(index))) } else { always.append(Int32(index)) }
      for place in 0..<RequiredLiterals.most {
        clauses.append(place < numbers.count ? numbers[place] : -1)
        distances.append(place < numbers.count ? required[place].distance : .any)
      }
    }
    self.always = always
    self.clauses = clauses
    self.distances = distances
    wordCount = words.all.count
    clauseCount = sets.all.count
    var isLeading = [Bool](repeating: false, count: sets.all.count)
    for (clause, _) in leading { isLeading[Int(clause)] = true }
    self.isLeading = isLeading
    let members = sets.all.enumerated().flatMap { set in set.element.map { (word: $0, clause: Int32(set.offset)) } }
    clausesOfWord = IndexLists(
      members.filter { isLeading[Int($0.clause)] }.map { (Int($0.word), $0.clause) }, count: words.all.count)
    wordsOfClause = IndexLists(
      members.filter { !isLeading[Int($0.clause)] }.map { (Int($0.clause), $0.word) }, count: sets.all.count)
    patternsOfClause = IndexLists(leading.map { (Int($0.clause), $0.pattern) }, count: sets.all.count)
    literals = words.all.isEmpty ? nil : LiteralFinder(words.all)
    staysInLine = !words.all.contains { $0.contains(UInt8(ascii: "\n")) }
  }

  /// Numbers things in the order of their first appearance.
  private struct Numbering<Thing: Hashable> {
    private(set) var all: [Thing] = []
    private var numbers: [Thing: Int32] = [:]

    mutating func number(_ thing: Thing) -> Int32 {
      if let number = numbers[thing] { return number }
      let number = Int32(all.count)
      numbers[thing] = number
      all.append(thing)
      return number
    }
  }

  /// Where words, of one kind or of a set, have been seen to begin.
  fileprivate struct Sight {
    /// Negative when nowhere.
    var first: Int32
    var last: Int32
    static let none = Sight(first: -1, last: -1)
    /// Looked for, and not seen.
    static let nowhere = Sight(first: -2, last: -2)

    mutating func add(_ other: Sight) {
      if other.first < 0 { return }
      if first < 0 { return self = other }
      first = min(first, other.first)
      last = max(last, other.last)
    }
  }

  /// A worker's own memory for one database.
  fileprivate final class Sieve {
    let words: UnsafeMutablePointer<Sight>
    let clauses: UnsafeMutablePointer<Sight>
    let seenWords: UnsafeMutablePointer<Int32>
    let seenClauses: UnsafeMutablePointer<Int32>
    var seenClauseCount = 0
    let scratch = LiteralFinder.Scratch()
    let lines = LineMemory()

    init(_ database: PatternDatabase) {
      words = .allocate(capacity: database.wordCount + 1)
      words.initialize(repeating: .none, count: database.wordCount + 1)
      clauses = .allocate(capacity: database.clauseCount + 1)
      clauses.initialize(repeating: .none, count: database.clauseCount + 1)
      seenWords = .allocate(capacity: database.wordCount + 1)
      seenClauses = .allocate(capacity: database.clauseCount + 1)
    }

    deinit {
      words.deallocate()
      clauses.deallocate()
      seenWords.deallocate()
      seenClauses.deallocate()
    }
  }

  /// Longer texts are looked at up to here.
  private static let longestText = 1 << 30

  fileprivate func sift(_ text: ByteSlice, _ sieve: Sieve, _ possible: (Int, Window) -> Void) {
    guard text.count > 0 else { return }
    for pattern in always { possible(Int(pattern), .all) }
    guard let literals else { return }
    let (words, clauses) = (sieve.words, sieve.clauses)
    var wordCount = 0
    func see(_ word: Int, _ start: Int) {
      let start = Int32(truncatingIfNeeded: start)
      if words[word].first < 0 {
        words[word] = Sight(first: start, last: start)
        sieve.seenWords[wordCount] = Int32(truncatingIfNeeded: word)
        wordCount += 1
      } else {
        words[word].first = min(words[word].first, start)
        words[word].last = max(words[word].last, start)
      }
    }
    let text = text.prefix(PatternDatabase.longestText)
    if staysInLine {
      sieve.lines.find(literals, in: text, sieve.scratch, see)
    } else {
      literals.find(in: text, sieve.scratch, see)
    }
    var clauseCount = 0
    for i in 0..<wordCount {
      let word = Int(sieve.seenWords[i])
      clausesOfWord.forEach(of: word) { clause in
        if clauses[Int(clause)].first < 0 {
          sieve.seenClauses[clauseCount] = clause
          clauseCount += 1
        }
        clauses[Int(clause)].add(words[word])
      }
    }
    sieve.seenClauseCount = clauseCount
    for i in 0..<clauseCount {
      patternsOfClause.forEach(of: Int(sieve.seenClauses[i])) { pattern in
        if let window = window(Int(pattern), sieve) { possible(Int(pattern), window) }
      }
    }
    for i in 0..<wordCount { words[Int(sieve.seenWords[i])] = .none }
    for i in 0..<sieve.seenClauseCount { clauses[Int(sieve.seenClauses[i])] = .none }
  }

  /// Where a match of a pattern may begin; nil when nowhere, as a clause was not seen or stands in the wrong place.
  @inline(__always) private func window(_ pattern: Int, _ sieve: Sieve) -> Window? {
    var first = 0
    var last = Int(Int32.max)
    for place in pattern * RequiredLiterals.most..<(pattern + 1) * RequiredLiterals.most {
      let clause = Int(clauses[place])
      if clause < 0 { break }
      if sieve.clauses[clause].first == -1, !isLeading[clause] { gather(clause, sieve) }
      let sight = sieve.clauses[clause]
      if sight.first < 0 { return nil }
      first = max(first, Int(sight.first) - distances[place].most)
      last = min(last, Int(sight.last) - distances[place].least)
    }
    return first <= last ? Window(first: Int32(first), last: Int32(last)) : nil
  }

  /// Finds out where the words of a clause stand that is no pattern's most telling.
  private func gather(_ clause: Int, _ sieve: Sieve) {
    var sight = Sight.nowhere
    wordsOfClause.forEach(of: clause) { sight.add(sieve.words[Int($0)]) }
    sieve.clauses[clause] = sight
    sieve.seenClauses[sieve.seenClauseCount] = Int32(truncatingIfNeeded: clause)
    sieve.seenClauseCount += 1
  }

  fileprivate func matches(_ index: Int, _ text: ByteSlice, _ window: Window, _ matcher: Matcher) -> Bool {
    matcher.limit(to: Int(window.last))
    return patterns[index].match(in: text, from: Int(window.first), with: matcher)
  }
}

/// For each of some things a list of numbers, all in one run of memory.
private struct IndexLists {
  private let starts: [Int32]
  private let numbers: [Int32]

  init(_ pairs: [(thing: Int, number: Int32)], count: Int) {
    var starts = [Int32](repeating: 0, count: count + 1)
    for pair in pairs { starts[pair.thing + 1] += 1 }
    for thing in 0..<count { starts[thing + 1] += starts[thing] }
    var next = starts
    var numbers = [Int32](repeating: 0, count: pairs.count)
    for pair in pairs {
      numbers[Int(next[pair.thing])] = pair.number
      next[pair.thing] += 1
    }
    self.starts = starts
    self.numbers = numbers
  }

  @inline(__always) func forEach(of thing: Int, _ body: (Int32) -> Void) {
    for i in Int(starts[thing])..<Int(starts[thing + 1]) { body(numbers[i]) }
  }
}

/// Looks for the patterns of several databases. One for each worker; the databases are shared.
public final class PatternScanner {
  private let databases: [PatternDatabase?]
  private let sieves: [PatternDatabase.Sieve?]
  private let matcher: Matcher

  /// True once a pattern was given up because finding out whether it matches passed the limits of work; set it back to
  /// false before the next message.
  public var gaveUp: Bool {
    get { matcher.gaveUp }
    set { matcher.gaveUp = newValue }
  }

  /// - Throws: `NoMemory`.
  public init(_ databases: [PatternDatabase?]) throws {
    self.databases = databases
    sieves = databases.map { $0.map(PatternDatabase.Sieve.init) }
    matcher = try Matcher(groups: 1)
  }

  /// Tells `possible` the places of the patterns of a database whose literals stand in the text, and where in the text
  /// they may match.
  public func sift(_ database: Int, _ text: ByteSlice, _ possible: (Int, PatternDatabase.Window) -> Void) {
    guard let patterns = databases[database], let sieve = sieves[database] else { return }
    patterns.sift(text, sieve, possible)
  }

  /// Whether the pattern at a place in a database stands in the text, in a window that `sift` has told for this text.
  public func matches(
    _ database: Int, _ index: Int, _ text: ByteSlice, in window: PatternDatabase.Window = .all
  ) -> Bool {
    databases[database]?.matches(index, text, window, matcher) ?? false
  }
}
