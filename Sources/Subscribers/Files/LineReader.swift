import ByteSlices

/// Cuts a file into records: lines, or for CSV what lies between line ends that stand in no quotes.
final class LineReader {
  /// A record's bytes without the line end, and the line on which it begins.
  struct Record {
    var bytes: [UInt8]
    var line: Int
  }

  /// Longer records are taken for a quote that doesn't end.
  static let longest = 1 << 20
  let file: InputFile
  private let quoted: Bool
  private var line = 1
  /// Where in the file's window the next record begins.
  private var start = 0

  /// - Parameter quoted: whether quotes hold line ends, as in CSV.
  init(_ file: InputFile, quoted: Bool) throws {
    self.file = file
    self.quoted = quoted
    while file.window.count < 3, try file.more() {}
    if file.window.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
  }

  /// Bytes of the file that were read.
  var position: Int { file.position + start }

  /// The next record; nil at the end. Empty lines are passed over.
  func next() throws -> Record? {
    while true {
      guard let (end, next, lines) = try find(quoted) else { return nil }
      let record = Record(bytes: Array(file.window[start..<end]), line: line)
      start = next
      line += lines
      if start >= 1 << 20 {
        file.take(start)
        start = 0
      }
      if !record.bytes.isEmpty { return record }
    }
  }

  /// The end of the record, the beginning of the next, and the line ends between.
  private func find(_ quoted: Bool) throws -> (end: Int, next: Int, lines: Int)? {
    var at = start
    var isQuoted = false
    var lines = 0
    while true {
      let stop: (end: Int, next: Int)? = file.window.withUnsafeBufferPointer { bytes in
        while at < bytes.count {
          let byte = bytes[at]
          if byte == 0x22, quoted {
            isQuoted.toggle()
          } else if byte == 0x0A {
            lines += 1
            if !isQuoted { return (at > start && bytes[at - 1] == 0x0D ? at - 1 : at, at + 1) }
          } else if byte == 0x0D, !isQuoted {
            // What comes next tells whether it is a line end of its own.
            guard at + 1 < bytes.count else { return nil }
            if bytes[at + 1] != 0x0A {
              lines += 1
              return (at, at + 1)
            }
          }
          at += 1
        }
        return nil
      }
      if let stop { return (stop.end, stop.next, lines) }
      // A quote that doesn't end would take the rest of the file with it: then a line is a record.
      if isQuoted, at - start > LineReader.longest { return try find(false) }
      if try file.more() { continue }
      if isQuoted { return try find(false) }
      if at == start { return nil }
      return (at, file.window.count, lines)
    }
  }
}
