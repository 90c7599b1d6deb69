import ByteSlices
import CVectorscan

/// All patterns of one field, compiled into one automaton that is run once over the text (Vectorscan, block mode).
///
/// Immutable after compilation, so workers share it; each brings its own scratch space.
final class PatternDatabase: @unchecked Sendable {
  private let database: OpaquePointer

  /// A pattern that Vectorscan did not take: its index, and what the library says.
  struct Refusal: Error {
    let failures: [(index: Int, message: String)]
  }

  /// - Parameters:
  ///   - expressions: patterns as `PatternText` leaves them.
  ///   - identifiers: what a match of each reports.
  ///   - everywhere: for each pattern, whether every place where it ends is reported, or only the first.
  ///   - dotAll: whether `.` takes a line end.
  init(expressions: [String], identifiers: [UInt32], everywhere: [Bool], dotAll: Bool) throws {
    var flag = UInt32(HS_FLAG_CASELESS | HS_FLAG_MULTILINE | HS_FLAG_ALLOWEMPTY)
    if dotAll { flag |= UInt32(HS_FLAG_DOTALL) }
    let flags = everywhere.map { $0 ? flag : flag | UInt32(HS_FLAG_SINGLEMATCH) }
    let copies = expressions.map { expression in
      let utf8 = Array(expression.utf8)
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: utf8.count + 1)
      for (i, byte) in utf8.enumerated() { copy[i] = CChar(bitPattern: byte) }
      copy[utf8.count] = 0
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    let pointers = copies.map { UnsafePointer($0) as UnsafePointer<CChar>? }
    var compiled: OpaquePointer?
    var error: UnsafeMutablePointer<hs_compile_error_t>?
    let result = hs_compile_multi(
      pointers, flags, identifiers, UInt32(expressions.count), UInt32(HS_MODE_BLOCK), nil, &compiled, &error)
    if result == HS_SUCCESS, let compiled {
      database = compiled
      return
    }
    var failures: [(index: Int, message: String)] = []
    if let error {
      failures.append((Int(error.pointee.expression), String(cString: error.pointee.message)))
      hs_free_compile_error(error)
    }
    // The library stops at the first: ask for each alone, so that all are reported together.
    var each: [(index: Int, message: String)] = []
    for (i, pointer) in pointers.enumerated() {
      var info: UnsafeMutablePointer<hs_expr_info_t>?
      var failure: UnsafeMutablePointer<hs_compile_error_t>?
      if hs_expression_info(pointer, flag, &info, &failure) != HS_SUCCESS, let failure {
        each.append((i, String(cString: failure.pointee.message)))
        hs_free_compile_error(failure)
      }
      free(info)
    }
    throw Refusal(failures: each.isEmpty ? failures : each)
  }

  deinit { hs_free_database(database) }

  /// Makes `scratch` fit for this database too; one scratch serves all the databases of a worker.
  func prepare(_ scratch: inout OpaquePointer?) throws {
    guard hs_alloc_scratch(database, &scratch) == HS_SUCCESS else {
      throw RuleError(problems: [
        RuleProblem(file: "rules", line: 0, rule: nil, what: "no memory to match patterns", mend: "free some memory")
      ])
    }
  }

  /// Marks in `state` every pattern that stands in the text.
  @inline(__always)
  func scan(_ text: ByteSlice, _ scratch: OpaquePointer, _ state: UnsafeMutablePointer<MatchState>) {
    guard text.count > 0 else { return }
    state.pointee.beginScan()
    let bytes = UnsafeRawPointer(text.base).assumingMemoryBound(to: CChar.self)
    _ = hs_scan(
      database, bytes, UInt32(truncatingIfNeeded: min(text.count, 1 << 30)), 0, scratch,
      { id, _, end, _, context in
        context?.assumingMemoryBound(to: MatchState.self).pointee.saw(id, end: UInt32(truncatingIfNeeded: end))
        return 0
      }, state)
  }
}
