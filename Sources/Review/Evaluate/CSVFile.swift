import Foundation

/// Comma-separated values (RFC 4180): quotes may hold commas, line ends and doubled quotes; any line end; a byte order
/// mark is passed over.
struct CSVFile {
  /// A row, and the line on which it begins.
  struct Row {
    var fields: [String]
    var line: Int
  }

  private(set) var rows: [Row] = []

  init(_ text: String) {
    var row = Row(fields: [], line: 1)
    var field: [UInt8] = []
    var line = 1
    var isQuoted = false
    var wasQuoted = false
    var bytes = Array(text.utf8)[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    func endField() {
      row.fields.append(String(decoding: field, as: UTF8.self))
      field.removeAll()
      wasQuoted = false
    }
    func endRow() {
      if row.fields.isEmpty, field.isEmpty, !wasQuoted { return row.line = line }
      endField()
      rows.append(row)
      row = Row(fields: [], line: line)
    }
    while let byte = bytes.popFirst() {
      if byte == 0x0A { line += 1 }
      if isQuoted {
        if byte == 0x22, bytes.first == 0x22 {
          field.append(byte)
          bytes.removeFirst()
        } else if byte == 0x22 {
          isQuoted = false
        } else {
          field.append(byte)
        }
        continue
      }
      switch byte {
      case 0x22 where field.isEmpty && !wasQuoted:
        isQuoted = true
        wasQuoted = true
      case 0x2C: endField()
      case 0x0D where bytes.first == 0x0A: continue
      case 0x0A, 0x0D: endRow()
      default: field.append(byte)
      }
    }
    endRow()
  }
}
