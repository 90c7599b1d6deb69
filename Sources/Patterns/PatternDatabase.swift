import ByteSlices
import CVectorscan

/// All patterns of one field. Vectorscan looks for their required literals in one pass over the text; a pattern whose
/// literals are there is confirmed by PCRE2.
///
/// A thousand rules describe wordings by bounded gaps and wide alternatives, which is what one big automaton is worst
/// at: it took seconds to compile and ran at 10 MB/s. Literals compile in moments and run at memory speed, and the few
/// patterns that they leave are cheap to try. Immutable after compilation, so workers share it.
public final class PatternDatabase: @unchecked Sendable {
  private let literals: OpaquePointer?
  private let patterns: [Pattern]
  /// Patterns without literals, tried on every text.
  private let always: [Int32]
  /// The clauses that each literal serves: those of literal `l` stand from `starts[l]` up to `starts[l + 1]`.
  private let starts: [Int32]
  private let uses: [Use]
  /// For each pattern, the bits of all its clauses.
  private let full: [UInt8]
  /// For each pattern and each of as many clauses as one may have, how far behind the beginning of a match they stand.
  private let distances: [RequiredLiterals.Span]

  fileprivate struct Use {
    let pattern: Int32
    let clause: UInt8
    /// Of the literal, in bytes.
    let length: UInt16
  }

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
  ///   - lowercased: whether all texts come with their ASCII letters in lower case, which makes the search cheaper.
  /// - Throws: `Refusal`, with all that do not compile.
  public init(expressions: [String], dotAll: Bool, lowercased: Bool = false) throws {
    var failures: [(index: Int, message: String)] = []
    var patterns: [Pattern] = []
    for (index, expression) in expressions.enumerated() {
      do {
        patterns.append(try Pattern(expression, dotAll: dotAll, captures: false))
      } catch {
        failures.append((index, "\(error.words) at byte \(error.offset)"))
      }
    }
    guard failures.isEmpty else { throw Refusal(failures: failures) }
    self.patterns = patterns

    var places: [[UInt8]: Int] = [:]
    var words: [[UInt8]] = []
    var served: [[Use]] = []
    var always: [Int32] = []
    var full: [UInt8] = []
    var distances: [RequiredLiterals.Span] = []
    for (index, expression) in expressions.enumerated() {
      let clauses = RequiredLiterals(expression).clauses
      if clauses.isEmpty { always.append(Int32(index)) }
      full.append(UInt8((1 << clauses.count) - 1))
      for place in 0..<RequiredLiterals.most {
        distances.append(clauses.count > place ? clauses[place].distance : .any)
      }
      for (clause, set) in clauses.enumerated() {
        for literal in set.literals {
          let place = places[literal] ?? words.count
          if place == words.count {
            places[literal] = place
            words.append(literal)
            served.append([])
          }
          served[place].append(
            Use(pattern: Int32(index), clause: UInt8(clause), length: UInt16(clamping: literal.count)))
        }
      }
    }
    self.always = always
    self.full = full
    self.distances = distances
    starts = served.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
    uses = served.flatMap { $0 }
    literals = try PatternDatabase.compile(words, lowercased)
  }

  private static func compile(_ words: [[UInt8]], _ lowercased: Bool) throws -> OpaquePointer? {
    guard !words.isEmpty else { return nil }
    let copies = words.map { word in
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: word.count + 1)
      for (i, byte) in word.enumerated() { copy[i] = CChar(bitPattern: byte) }
      copy[word.count] = 0
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    let flags = [UInt32](repeating: lowercased ? 0 : UInt32(HS_FLAG_CASELESS), count: words.count)
    var compiled: OpaquePointer?
    var error: UnsafeMutablePointer<hs_compile_error_t>?
    let result = hs_compile_lit_multi(
      copies.map { UnsafePointer($0) as UnsafePointer<CChar>? }, flags, words.indices.map(UInt32.init),
      words.map(\.count), UInt32(words.count), UInt32(HS_MODE_BLOCK), nil, &compiled, &error)
    if result == HS_SUCCESS { return compiled }
    var message = "the literals do not compile together"
    if let error {
      message = String(cString: error.pointee.message)
      hs_free_compile_error(error)
    }
    throw Refusal(failures: [(-1, message)])
  }

  deinit { if let literals { hs_free_database(literals) } }

  /// A worker's own memory for one database.
  fileprivate final class Sieve {
    /// Where the literals of a clause have been seen to begin.
    struct Sight {
      var first: Int32
      var last: Int32
    }

    fileprivate let seen: UnsafeMutablePointer<UInt8>
    fileprivate let sights: UnsafeMutablePointer<Sight>
    fileprivate let touched: UnsafeMutablePointer<Int32>
    fileprivate var touchedCount = 0
    fileprivate let tried: UnsafeMutablePointer<Int32>
    fileprivate var triedCount = 0
    fileprivate let starts: UnsafeMutablePointer<Int32>
    fileprivate let uses: UnsafeMutablePointer<Use>
    fileprivate let full: UnsafeMutablePointer<UInt8>
    fileprivate let distances: UnsafeMutablePointer<RequiredLiterals.Span>

    fileprivate init(_ database: PatternDatabase) {
      let count = database.patterns.count + 1
      seen = .allocate(capacity: count)
      seen.initialize(repeating: 0, count: count)
      sights = .allocate(capacity: count * RequiredLiterals.most)
      sights.initialize(repeating: Sight(first: 0, last: 0), count: count * RequiredLiterals.most)
      touched = .allocate(capacity: count)
      tried = .allocate(capacity: count)
      starts = .allocate(capacity: database.starts.count)
      starts.initialize(from: database.starts, count: database.starts.count)
      uses = .allocate(capacity: database.uses.count + 1)
      uses.initialize(from: database.uses, count: database.uses.count)
      full = .allocate(capacity: count)
      full.initialize(from: database.full, count: database.full.count)
      distances = .allocate(capacity: database.distances.count + 1)
      distances.initialize(from: database.distances, count: database.distances.count)
    }

    deinit {
      seen.deallocate()
      sights.deallocate()
      touched.deallocate()
      tried.deallocate()
      starts.deallocate()
      uses.deallocate()
      full.deallocate()
      distances.deallocate()
    }

    /// A literal stands in the text, up to `end`.
    @inline(__always) fileprivate func saw(_ literal: Int, _ end: Int) {
      var at = Int(starts[literal])
      let last = Int(starts[literal + 1])
      while at < last {
        let use = uses[at]
        at += 1
        let pattern = Int(use.pattern)
        let old = seen[pattern]
        let bit: UInt8 = 1 << use.clause
        let sight = sights + (pattern * RequiredLiterals.most + Int(use.clause))
        let start = Int32(truncatingIfNeeded: end) &- Int32(use.length)
        if old & bit != 0 {
          if start > sight.pointee.last { sight.pointee.last = start }
          if start < sight.pointee.first { sight.pointee.first = start }
          continue
        }
        sight.pointee = Sight(first: start, last: start)
        if old == 0 {
          touched[touchedCount] = use.pattern
          touchedCount += 1
        }
        seen[pattern] = old | bit
        if old | bit == full[pattern] {
          tried[triedCount] = use.pattern
          triedCount += 1
        }
      }
    }

    /// Where a match of a pattern may begin, all of whose clauses have been seen.
    @inline(__always) fileprivate func window(_ pattern: Int) -> Window? {
      var first = 0
      var last = Int(Int32.max)
      for clause in 0..<RequiredLiterals.most {
        let place = pattern * RequiredLiterals.most + clause
        if full[pattern] >> UInt8(clause) & 1 == 0 { break }
        first = max(first, Int(sights[place].first) - distances[place].most)
        last = min(last, Int(sights[place].last) - distances[place].least)
      }
      return first <= last ? Window(first: Int32(first), last: Int32(last)) : nil
    }

    fileprivate func clear() {
      for i in 0..<touchedCount { seen[Int(touched[i])] = 0 }
      touchedCount = 0
      triedCount = 0
    }
  }

  /// Longer texts are looked at up to here.
  fileprivate static let longestText = 1 << 30

  fileprivate func sift(_ text: ByteSlice, _ sieve: Sieve, _ scratch: OpaquePointer?, _ possible: (Int, Window) -> Void)
  {
    guard text.count > 0 else { return }
    if let literals, let scratch {
      let bytes = UnsafeRawPointer(text.base).assumingMemoryBound(to: CChar.self)
      _ = hs_scan(
        literals, bytes, UInt32(truncatingIfNeeded: min(text.count, PatternDatabase.longestText)), 0, scratch,
        { id, _, end, _, context in
          if let context {
            Unmanaged<Sieve>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.saw(Int(id), Int(end)) }
          }
          return 0
        }, Unmanaged.passUnretained(sieve).toOpaque())
    }
    for i in 0..<sieve.triedCount {
      let pattern = Int(sieve.tried[i])
      if let window = sieve.window(pattern) { possible(pattern, window) }
    }
    for pattern in always { possible(Int(pattern), .all) }
    sieve.clear()
  }

  fileprivate func matches(_ index: Int, _ text: ByteSlice, _ window: Window, _ matcher: Matcher) -> Bool {
    matcher.limit(to: Int(window.last))
    return patterns[index].match(in: text, from: Int(window.first), with: matcher)
  }

  fileprivate func prepare(_ scratch: inout OpaquePointer?) throws {
    guard let literals else { return }
    guard hs_alloc_scratch(literals, &scratch) == HS_SUCCESS else { throw NoMemory() }
  }
}

/// Looks for the patterns of several databases. One for each worker; the databases are shared.
public final class PatternScanner {
  private let databases: [PatternDatabase?]
  private let sieves: [PatternDatabase.Sieve?]
  /// Nil when no pattern has a literal.
  private let scratch: OpaquePointer?
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
    var scratch: OpaquePointer?
    for database in databases { try database?.prepare(&scratch) }
    self.scratch = scratch
  }

  deinit { if let scratch { hs_free_scratch(scratch) } }

  /// Tells `possible` the places of the patterns of a database whose literals stand in the text, and where in the text
  /// they may match.
  public func sift(_ database: Int, _ text: ByteSlice, _ possible: (Int, PatternDatabase.Window) -> Void) {
    guard let patterns = databases[database], let sieve = sieves[database] else { return }
    patterns.sift(text, sieve, scratch, possible)
  }

  /// Whether the pattern at a place in a database stands in the text, in a window that `sift` has told for this text.
  public func matches(
    _ database: Int, _ index: Int, _ text: ByteSlice, in window: PatternDatabase.Window = .all
  ) -> Bool {
    databases[database]?.matches(index, text, window, matcher) ?? false
  }
}
