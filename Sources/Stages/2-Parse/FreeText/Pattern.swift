import ByteSlices
import CPCRE2

/// One capturing pattern of a dialect, compiled by PCRE2's JIT: caseless in ASCII, `^` and `$` at every line, bytes
/// and not characters (so a class must not hold a character beyond ASCII).
final class Pattern: @unchecked Sendable {
  // Immutable once compiled; PCRE2 lets threads share it, each with its own match data.
  private let code: OpaquePointer
  /// The names of the capturing groups, with their numbers.
  let groups: [String: Int]
  let source: String

  /// Fails with PCRE2's own words and the offset in the pattern.
  init(_ source: String) throws(PatternError) {
    self.source = source
    var error: Int32 = 0
    var offset = 0
    let options = UInt32(PCRE2_CASELESS) | UInt32(PCRE2_MULTILINE)
    let bytes = Array(source.utf8)
    guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil) else {
      throw PatternError(words: Pattern.words(of: error), offset: offset)
    }
    self.code = code
    // Where the CPU has no JIT the interpreter does the same, slower.
    _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    groups = Pattern.names(of: code)
  }

  deinit { pcre2_code_free_8(code) }

  /// Looks for the pattern in `subject` from `offset` on. False when it is not there, or when the work would pass the
  /// matcher's limit.
  func match(in subject: ByteSlice, from offset: Int, with matcher: Matcher) -> Bool {
    guard offset <= subject.count else { return false }
    return pcre2_match_8(code, subject.base, subject.count, offset, 0, matcher.data, matcher.context) > 0
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
struct PatternError: Error {
  let words: String
  let offset: Int
}

/// What matching needs of its own on each worker: captures, a JIT stack, and limits that keep hostile text from
/// costing more than a fixed amount of work. Not thread-safe.
final class Matcher {
  fileprivate let data: OpaquePointer
  fileprivate let context: OpaquePointer
  private let stack: OpaquePointer?
  private static let groupLimit: UInt32 = 32

  init() {
    guard let data = pcre2_match_data_create_8(Matcher.groupLimit, nil), let context = pcre2_match_context_create_8(nil)
    else { fatalError("no memory for PCRE2's match data") }
    self.data = data
    self.context = context
    pcre2_set_match_limit_8(context, 200_000)
    pcre2_set_depth_limit_8(context, 2_000)
    stack = pcre2_jit_stack_create_8(32 << 10, 512 << 10, nil)
    pcre2_jit_stack_assign_8(context, nil, stack.map { UnsafeMutableRawPointer($0) })
  }

  deinit {
    pcre2_match_data_free_8(data)
    pcre2_match_context_free_8(context)
    pcre2_jit_stack_free_8(stack)
  }

  /// The bytes that a group captured in the latest match, as offsets; nil when it took no part.
  func range(_ group: Int) -> Range<Int>? {
    guard group >= 0, group < Int(pcre2_get_ovector_count_8(data)), let pairs = pcre2_get_ovector_pointer_8(data) else {
      return nil
    }
    let from = pairs[2 * group]
    let to = pairs[2 * group + 1]
    guard from >= 0, from <= to else { return nil }
    return from..<to
  }
}
