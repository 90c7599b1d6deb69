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

  fileprivate struct Use {
    let pattern: Int32
    let clause: UInt8
  }

  /// Patterns that were not taken: their places, and what the library says.
  public struct Refusal: Error {
    public let failures: [(index: Int, message: String)]
  }

  /// - Parameters:
  ///   - expressions: patterns for bytes, in PCRE2's syntax; caseless in ASCII, `^` and `$` at every line.
  ///   - dotAll: whether `.` takes a line end.
  /// - Throws: `Refusal`, with all that do not compile.
  public init(expressions: [String], dotAll: Bool) throws {
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
    for (index, expression) in expressions.enumerated() {
      let clauses = RequiredLiterals(expression).clauses
      if clauses.isEmpty { always.append(Int32(index)) }
      full.append(UInt8((1 << clauses.count) - 1))
      for (clause, set) in clauses.enumerated() {
        for literal in set {
          let place = places[literal] ?? words.count
          if place == words.count {
            places[literal] = place
            words.append(literal)
            served.append([])
          }
          served[place].append(Use(pattern: Int32(index), clause: 1 << UInt8(clause)))
        }
      }
    }
    self.always = always
    self.full = full
    starts = served.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
    uses = served.flatMap { $0 }
    literals = try PatternDatabase.compile(words)
  }

  private static func compile(_ words: [[UInt8]]) throws -> OpaquePointer? {
    guard !words.isEmpty else { return nil }
    let copies = words.map { word in
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: word.count + 1)
      for (i, byte) in word.enumerated() { copy[i] = CChar(bitPattern: byte) }
      copy[word.count] = 0
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    let flags = [UInt32](repeating: UInt32(HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH), count: words.count)
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
    fileprivate let seen: UnsafeMutablePointer<UInt8>
    fileprivate let touched: UnsafeMutablePointer<Int32>
    fileprivate var touchedCount = 0
    fileprivate let tried: UnsafeMutablePointer<Int32>
    fileprivate var triedCount = 0
    fileprivate let starts: UnsafeMutablePointer<Int32>
    fileprivate let uses: UnsafeMutablePointer<Use>
    fileprivate let full: UnsafeMutablePointer<UInt8>

    fileprivate init(_ database: PatternDatabase) {
      let count = database.patterns.count + 1
      seen = .allocate(capacity: count)
      seen.initialize(repeating: 0, count: count)
      touched = .allocate(capacity: count)
      tried = .allocate(capacity: count)
      starts = .allocate(capacity: database.starts.count)
      starts.initialize(from: database.starts, count: database.starts.count)
      uses = .allocate(capacity: database.uses.count + 1)
      uses.initialize(from: database.uses, count: database.uses.count)
      full = .allocate(capacity: count)
      full.initialize(from: database.full, count: database.full.count)
    }

    deinit {
      seen.deallocate()
      touched.deallocate()
      tried.deallocate()
      starts.deallocate()
      uses.deallocate()
      full.deallocate()
    }

    /// A literal stands in the text.
    @inline(__always) fileprivate func saw(_ literal: Int) {
      var at = Int(starts[literal])
      let end = Int(starts[literal + 1])
      while at < end {
        let use = uses[at]
        at += 1
        let pattern = Int(use.pattern)
        let old = seen[pattern]
        if old & use.clause != 0 { continue }
        if old == 0 {
          touched[touchedCount] = use.pattern
          touchedCount += 1
        }
        seen[pattern] = old | use.clause
        if old | use.clause == full[pattern] {
          tried[triedCount] = use.pattern
          triedCount += 1
        }
      }
    }

    fileprivate func clear() {
      for i in 0..<touchedCount { seen[Int(touched[i])] = 0 }
      touchedCount = 0
      triedCount = 0
    }
  }

  fileprivate func sift(_ text: ByteSlice, _ sieve: Sieve, _ scratch: OpaquePointer?, _ possible: (Int) -> Void) {
    guard text.count > 0 else { return }
    if let literals, let scratch {
      let bytes = UnsafeRawPointer(text.base).assumingMemoryBound(to: CChar.self)
      _ = hs_scan(
        literals, bytes, UInt32(truncatingIfNeeded: min(text.count, 1 << 30)), 0, scratch,
        { id, _, _, _, context in
          if let context { Unmanaged<Sieve>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.saw(Int(id)) } }
          return 0
        }, Unmanaged.passUnretained(sieve).toOpaque())
    }
    for i in 0..<sieve.triedCount { possible(Int(sieve.tried[i])) }
    for pattern in always { possible(Int(pattern)) }
    sieve.clear()
  }

  fileprivate func matches(_ index: Int, _ text: ByteSlice, _ matcher: Matcher) -> Bool {
    patterns[index].match(in: text, with: matcher)
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

  /// Tells `possible` the places of the patterns of a database whose literals stand in the text.
  public func sift(_ database: Int, _ text: ByteSlice, _ possible: (Int) -> Void) {
    guard let patterns = databases[database], let sieve = sieves[database] else { return }
    patterns.sift(text, sieve, scratch, possible)
  }

  /// Whether the pattern at a place in a database stands in the text.
  public func matches(_ database: Int, _ index: Int, _ text: ByteSlice) -> Bool {
    databases[database]?.matches(index, text, matcher) ?? false
  }
}
