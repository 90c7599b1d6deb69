import ByteSlices
import NDJSON
import Spool

/// How a part of a source is named in a shard's manifest.
struct LineageFormat: Equatable {
  /// What the range counts.
  enum Kind: String {
    /// Bytes of an mbox.
    case mbox
    /// Bytes of the text in a compressed mbox; the fingerprint is that of the whole file as it is.
    case mboxGzip = "mbox.gz"
    /// Messages of a Maildir; which ones, the shard's lines tell by their base names.
    case maildir
    /// Single-message files of a folder; which ones, the shard's lines tell.
    case eml
  }

  var kind: Kind
  /// By wish: what was read stays, whatever happens to the mailbox.
  var isEmbedded: Bool
  /// The file goes on after this range, in the next shard. Only said of compressed files, whose size says nothing.
  var continues: Bool
  /// The path is not UTF-8, and is given with each byte as the character of that number.
  var isLatin1: Bool

  init(kind: Kind, isEmbedded: Bool, continues: Bool = false, isLatin1: Bool = false) {
    self.kind = kind
    self.isEmbedded = isEmbedded
    self.continues = continues
    self.isLatin1 = isLatin1
  }

  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard let first = words.first, let kind = Kind(rawValue: String(first)) else { return nil }
    self.kind = kind
    isEmbedded = words.contains("embedded")
    continues = words.contains("continued")
    isLatin1 = words.contains("latin1")
  }

  var text: String {
    kind.rawValue + (isEmbedded ? " embedded" : "") + (continues ? " continued" : "") + (isLatin1 ? " latin1" : "")
  }

  /// A path as a manifest can hold it.
  static func path(_ bytes: [UInt8]) -> (text: String, isLatin1: Bool) {
    if bytes.withByteSlice({ UTF8Sequence.isValid($0) }) { return (String(decoding: bytes, as: UTF8.self), false) }
    return (String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })), true)
  }

  func bytes(ofPath text: String) -> [UInt8] {
    isLatin1 ? text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } : Array(text.utf8)
  }
}

/// What the spool already holds, as its manifests tell.
struct Lineage {
  /// A part of a file that a shard holds.
  struct Range {
    var shard: Int
    var start: Int
    var end: Int
    var messages: Int
    var fingerprint: String
    var format: LineageFormat
  }

  /// By path: the ranges of mboxes, plain and compressed, in the order in which they were read. Where an embedded
  /// mailbox was emptied and filled again, those of its latest filling.
  private(set) var files: [[UInt8]: [Range]] = [:]
  /// By folder: the shards that hold messages of a Maildir, or single-message files.
  private(set) var maildirs: [[UInt8]: [Int]] = [:]
  private(set) var folders: [[UInt8]: [Int]] = [:]
  /// The number for the next shard.
  private(set) var next = 0
  private(set) var shards: [Int] = []

  init(_ spool: SpoolFolder) throws {
    shards = try spool.shards()
    for shard in shards {
      for source in try spool.sources(shard) {
        guard let format = LineageFormat(source.format) else { continue }
        let path = format.bytes(ofPath: source.path)
        switch format.kind {
        case .maildir: maildirs[path, default: []].append(shard)
        case .eml: folders[path, default: []].append(shard)
        case .mbox, .mboxGzip:
          if source.start == 0 { files[path] = [] }
          files[path, default: []].append(
            Range(
              shard: shard, start: source.start, end: source.end, messages: source.messages,
              fingerprint: source.fingerprint, format: format))
        }
      }
    }
    next = (shards.last ?? -1) + 1
  }

  /// True when something at this path, or in this folder, was read.
  func holdsAnything(under root: [UInt8]) -> Bool {
    func isUnder(_ path: [UInt8]) -> Bool { Self.isUnder(path, root) }
    return files.keys.contains(where: isUnder) || maildirs.keys.contains(where: isUnder)
      || folders.keys.contains(where: { isUnder($0) || $0 == SourceCheck.folder(of: root) })
  }

  /// True when `path` is `root`, or in it.
  static func isUnder(_ path: [UInt8], _ root: [UInt8]) -> Bool {
    path.starts(with: root) && (path.count == root.count || path[root.count] == 0x2F || root.last == 0x2F)
  }
}
