import ByteSlices
import CPCRE2

/// What matching needs of its own on each worker: captures, a JIT stack, and limits that keep hostile text from costing
/// more than a fixed amount of work. Not thread-safe.
public final class Matcher {
  let data: OpaquePointer
  let context: OpaquePointer
  private let stack: OpaquePointer?
  /// True once a pattern was given up because finding out whether it matches passed the limits; set it back to false
  /// before the next text.
  @exclusivity(unchecked) public var gaveUp = false

  /// - Parameter groups: how many captures a match may hold, the whole match included.
  /// - Throws: `NoMemory`.
  public init(groups: Int = 32) throws(NoMemory) {
    guard let data = pcre2_match_data_create_8(UInt32(clamping: max(groups, 1)), nil) else { throw NoMemory() }
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_match_data_free_8(data)
      throw NoMemory()
    }
    self.data = data
    self.context = context
    pcre2_set_match_limit_8(context, 200_000)
    pcre2_set_depth_limit_8(context, 2_000)
    stack = pcre2_jit_stack_create_8(32 << 10, 512 << 10, nil)
    pcre2_jit_stack_assign_8(context, nil, stack.map { UnsafeMutableRawPointer($0) })
  }

  /// Lets matches begin no further on than this, in bytes; nil sets them free.
  @inline(__always) func limit(to offset: Int?) {
    pcre2_set_offset_limit_8(context, offset ?? Int(bitPattern: ~0))
  }

  deinit {
    pcre2_match_data_free_8(data)
    pcre2_match_context_free_8(context)
    pcre2_jit_stack_free_8(stack)
  }

  /// The bytes that a group captured in the latest match, as offsets; nil when it took no part.
  public func range(_ group: Int) -> Range<Int>? {
    guard group >= 0, group < Int(pcre2_get_ovector_count_8(data)), let pairs = pcre2_get_ovector_pointer_8(data) else {
      return nil
    }
    let from = pairs[2 * group]
    let to = pairs[2 * group + 1]
    guard from >= 0, from <= to else { return nil }
    return from..<to
  }
}

/// There is no memory for a worker's own part of matching.
public struct NoMemory: Error, CustomStringConvertible {
  public let description = "no memory to match patterns; free some, or run with fewer workers"
  public init() {}
}
