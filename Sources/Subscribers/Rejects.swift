import ByteSlices
import Spool

/// Lines that could not be used, in a file of their own, with the first line of the one that they are from: mended, it
/// can be read in the place of that. It is there in full or not at all.
final class Rejects {
  let path: String
  private let header: [UInt8]?
  private var file: OutputFile?
  private(set) var count = 0

  init(path: String, header: [UInt8]?) {
    self.path = path
    self.header = header
  }

  func add(_ record: [UInt8]) throws {
    count += 1
    if file == nil {
      try Files.makeFolder(folder)
      file = try OutputFile(path: path + ".tmp")
      if let header { try write(header) }
    }
    try write(record)
  }

  /// Puts the file in its place; without rejects, takes an earlier one away.
  func commit() throws {
    if let file { return try file.commit(as: path) }
    try Files.remove(path)
  }

  private func write(_ record: [UInt8]) throws {
    try (record + [0x0A]).withByteSlice { try file?.write($0) }
  }

  private var folder: String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }
}
