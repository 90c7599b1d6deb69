import ByteSlices
import Spool

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The line that ingest writes into the quarantine says where the message lies, so that the next run knows it.
enum SetAside {
  /// Bytes of an outsize message that are kept: its header, and enough to see what it is.
  static let keptBytes = 1 << 20

  /// `WHY: PATH`, or `WHY: byte N of PATH`.
  static func reason(_ why: String, path: ByteSlice, offset: Int? = nil) -> String {
    "\(why): \(offset.map { "byte \($0) of " } ?? "")\(String(path))"
  }

  /// What `reason` put in.
  static func place(in reason: String) -> (path: String, offset: Int?)? {
    let text = Substring(reason)
    if let at = text.firstRange(of: ": byte ") {
      let rest = text[at.upperBound...]
      guard let of = rest.firstRange(of: " of ") else { return nil }
      return Int(rest[..<of.lowerBound]).map { (String(rest[of.upperBound...]), $0) }
    }
    guard let at = text.firstRange(of: ": /") else { return nil }
    return ("/" + text[at.upperBound...], nil)
  }

  /// Lends each line of a shard's quarantine to `body`, with its place and the members of the line.
  static func forEach(
    _ spool: SpoolFolder, _ shard: Int, _ reader: ShardReader,
    _ body: (_ path: String, _ offset: Int?, _ id: String?, _ reason: String, _ raw: ByteSlice) throws -> Void
  ) throws {
    try reader.forEachQuarantined(spool, shard) { record in
      let place = place(in: record.reason)
      try body(place?.path ?? "", place?.offset, record.id, record.reason, record.raw)
    }
  }
}

extension Substring {
  /// Where `text` stands first. (Foundation's `range(of:)` looks at characters; paths are bytes.)
  fileprivate func firstRange(of text: String) -> Swift.Range<Index>? {
    let needle = Array(text.utf8)
    var at = utf8.startIndex
    while at != utf8.endIndex {
      if utf8[at...].starts(with: needle) { return at..<utf8.index(at, offsetBy: needle.count) }
      utf8.formIndex(after: &at)
    }
    return nil
  }
}
