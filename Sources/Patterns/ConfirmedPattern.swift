import ByteSlices
import CPCRE2

/// One pattern, compiled by PCRE2's JIT: caseless in ASCII, bytes and not characters.
///
/// Immutable once compiled; threads share it, each with its own `PatternScratch`.
final class ConfirmedPattern: @unchecked Sendable {
  private let code: OpaquePointer

  /// Why a pattern does not compile, in PCRE2's words.
  struct Refusal: Error {
    let message: String
  }

  init(_ expression: String, dotAll: Bool) throws {
    var error: Int32 = 0
    var offset = 0
    var options = UInt32(PCRE2_CASELESS) | UInt32(PCRE2_MULTILINE) | UInt32(PCRE2_NO_AUTO_CAPTURE)
    if dotAll { options |= UInt32(PCRE2_DOTALL) }
    let bytes = Array(expression.utf8)
    guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil) else {
      var text = [UInt8](repeating: 0, count: 160)
      let length = pcre2_get_error_message_8(error, &text, text.count)
      throw Refusal(message: "\(String(decoding: text.prefix(max(0, Int(length))), as: UTF8.self)) at byte \(offset)")
    }
    self.code = code
    // Where the CPU has no JIT the interpreter does the same, slower.
    _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
  }

  deinit { pcre2_code_free_8(code) }

  /// Whether the pattern stands in the text. False, too, when finding out would pass the limit of work.
  @inline(__always) func matches(_ text: ByteSlice, _ scratch: PatternScratch) -> Bool {
    pcre2_match_8(code, text.base, text.count, 0, 0, scratch.data, scratch.context) >= 0
  }

  /// Where the pattern first stands in the text, at or after an offset.
  func firstRange(in text: ByteSlice, from: Int, _ scratch: PatternScratch) -> Range<Int>? {
    guard pcre2_match_8(code, text.base, text.count, from, 0, scratch.data, scratch.context) >= 0,
      let ends = pcre2_get_ovector_pointer_8(scratch.data)
    else { return nil }
    return ends[0]..<max(ends[0], ends[1])
  }
}

/// What matching needs of its own on each worker, with limits that keep hostile text from costing without bound.
final class PatternScratch {
  fileprivate let data: OpaquePointer
  fileprivate let context: OpaquePointer
  private let stack: OpaquePointer?

  init() throws {
    guard let data = pcre2_match_data_create_8(1, nil), let context = pcre2_match_context_create_8(nil) else {
      throw PatternDatabase.NoMemory()
    }
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
}
