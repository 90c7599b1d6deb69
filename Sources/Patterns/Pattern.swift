import ByteSlices
import CPCRE2
import Synchronization

/// One pattern, compiled by PCRE2's JIT: caseless in ASCII, `^` and `$` at every line, bytes and not characters (so a
/// class must not hold a character beyond ASCII).
///
/// Threads share it, each with its own `Matcher`.
public final class Pattern: @unchecked Sendable {
  /// Made at the first match where the expression is known to be good; then `state` tells that it is there.
  private nonisolated(unsafe) var code: OpaquePointer?
  /// The expression and PCRE2's options for it, as long as the code is not made.
  private let source: (expression: String, options: UInt32)
  /// What the JIT has made of it. It has its turn at the first match: most patterns of a run are never tried.
  private let state = Atomic<UInt8>(State.fresh)
  private static let making = Mutex<Void>(())
  private enum State {
    static let fresh: UInt8 = 0
    /// Where the CPU has no JIT the interpreter does the same, slower.
    static let interpreted: UInt8 = 1
    static let compiled: UInt8 = 2
    /// Was said to be good, and isn't.
    static let refused: UInt8 = 3
  }
  /// The names of the capturing groups, with their numbers.
  public let groups: [String: Int]

  /// - Parameters:
  ///   - dotAll: whether `.` takes a line end.
  ///   - captures: whether plain parentheses capture; matching is faster without.
  ///   - isKnown: whether the expression was tried before and found good. It is then compiled only when it is first
  ///     needed, and never throws; without `captures` only.
  /// - Throws: `PatternError`, with PCRE2's own words and the offset in the pattern.
  public init(
    _ expression: String, dotAll: Bool = false, captures: Bool = true, isKnown: Bool = false
  ) throws(PatternError) {
    var options = UInt32(PCRE2_CASELESS) | UInt32(PCRE2_MULTILINE) | UInt32(PCRE2_USE_OFFSET_LIMIT)
    if dotAll { options |= UInt32(PCRE2_DOTALL) }
    if !captures { options |= UInt32(PCRE2_NO_AUTO_CAPTURE) }
    source = (expression, options)
    guard captures || !isKnown else {
      groups = [:]
      return
    }
    let code = try Pattern.compile(expression, options)
    self.code = code
    groups = captures ? Pattern.names(of: code) : [:]
  }

  deinit { pcre2_code_free_8(code) }

  private static func compile(_ expression: String, _ options: UInt32) throws(PatternError) -> OpaquePointer {
    var error: Int32 = 0
    var offset = 0
    let bytes = Array(expression.utf8)
    guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil) else {
      throw PatternError(words: words(of: error), offset: offset)
    }
    return code
  }

  /// Looks for the pattern in `text` from `offset` on. False when it is not there, and when finding out would take more
  /// work than the matcher allows, which it then tells by `gaveUp`.
  @inline(__always) public func match(in text: ByteSlice, from offset: Int = 0, with matcher: Matcher) -> Bool {
    guard offset <= text.count else { return false }
    var state = state.load(ordering: .acquiring)
    if state == State.fresh { state = makeReady() }
    guard state != State.refused else {
      matcher.gaveUp = true
      return false
    }
    // The short way in, which spares the checks of arguments that can't be wrong here.
    let result =
      state == State.compiled
      ? pcre2_jit_match_8(code, text.base, text.count, offset, 0, matcher.data, matcher.context)
      : pcre2_match_8(code, text.base, text.count, offset, 0, matcher.data, matcher.context)
    if result >= 0 { return true }
    if result != PCRE2_ERROR_NOMATCH { matcher.gaveUp = true }
    return false
  }

  private func makeReady() -> UInt8 {
    Pattern.making.withLock { _ in
      let former = state.load(ordering: .relaxed)
      if former != State.fresh { return former }
      if code == nil { code = try? Pattern.compile(source.expression, source.options) }
      guard let code else {
        state.store(State.refused, ordering: .releasing)
        return State.refused
      }
      let state = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE)) == 0 ? State.compiled : State.interpreted
      self.state.store(state, ordering: .releasing)
      return state
    }
  }

  private static func words(of error: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 160)
    let length = pcre2_get_error_message_8(error, &text, text.count)
    return String(decoding: text.prefix(max(0, Int(length))), as: UTF8.self)
  }

  private static func names(of code: OpaquePointer) -> [String: Int] {
    var count: UInt32 = 0
    var size: UInt32 = 0
    var table: UnsafePointer<UInt8>?
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
    guard let table else { return [:] }
    var names: [String: Int] = [:]
    for i in 0..<Int(count) {
      let entry = table + i * Int(size)
      names[String(cString: entry + 2)] = Int(entry[0]) << 8 | Int(entry[1])
    }
    return names
  }
}

/// Why a pattern does not compile.
public struct PatternError: Error {
  /// PCRE2's words.
  public let words: String
  /// Bytes from the start of the pattern.
  public let offset: Int
}
