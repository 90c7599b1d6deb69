import ByteSlices
import NDJSON

/// How a message lies in its archive.
public enum ArchiveFormat: String, Sendable, CaseIterable {
  /// One file, one message.
  case eml
  /// One file in a Maildir's `new` or `cur`.
  case maildir
  /// A range of an mbox; body lines that start with `From ` carry mboxrd's `>`.
  case mbox
}

/// Where a message lies: enough to find its bytes again.
public struct MessageSource {
  /// The file. In a record of the spool it is absolute; in `inspect` it is as the user named it.
  public var path: ByteSlice
  public var format: ArchiveFormat
  /// For mbox: the first byte after the separator line, in bytes from the start of the file (of the decompressed
  /// text, for a compressed file).
  public var offset: Int
  /// The message's bytes in the archive, before quoting and line ends are taken off.
  public var length: Int

  public init(path: ByteSlice = .empty, format: ArchiveFormat = .eml, offset: Int = 0, length: Int = 0) {
    self.path = path
    self.format = format
    self.offset = offset
    self.length = length
  }

  /// Writes the object's text. A path that is not UTF-8 is also written as Latin-1, which keeps every byte.
  public func encode(to json: inout JSONWriter) {
    json.beginObject()
    json.key("path")
    json.string(path)
    if !path.isASCII, !UTF8Sequence.isValid(path) {
      json.key("path_bytes")
      json.latin1(path)
    }
    json.key("format")
    json.string(format.rawValue)
    if offset > 0 { json.field("offset", offset) }
    json.field("length", length)
    json.endObject()
  }

  public init(from json: inout JSONReader) throws {
    self.init()
    try json.object { key, json in
      switch key {
      case _ where key == "path": path = try json.string()
      case _ where key == "path_bytes": path = try json.latin1()
      case _ where key == "format": format = ArchiveFormat(try json.string()) ?? .eml
      case _ where key == "offset": offset = try json.int()
      case _ where key == "length": length = try json.int()
      default: try json.skip()
      }
    }
  }
}
