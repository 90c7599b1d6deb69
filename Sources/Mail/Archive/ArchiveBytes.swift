/// Where an archive's bytes come from, in order: a file as it is, or what a compressed file holds.
package protocol ArchiveBytes: AnyObject {
  /// Puts up to `count` bytes at `place`; 0 when there are no more.
  func next(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int
  /// Why the bytes ended before their time, once they have.
  var damage: String? { get }
  /// Bytes read so far of the file itself, which a decompression is measured by; nil where that says nothing.
  var fileBytes: Int? { get }
  /// What else is odd about them, without a byte of mail being lost.
  var remark: String? { get }
}

extension ArchiveBytes {
  package var damage: String? { nil }
  package var remark: String? { nil }
  package var fileBytes: Int? { nil }
}

/// The bytes of a file from an offset on, up to another or to its end; by plain `read` where the file cannot seek.
package final class FileBytes: ArchiveBytes {
  private let file: OpenFile
  private var offset: Int
  private let end: Int
  private let seeks: Bool

  package init(_ file: OpenFile, from offset: Int = 0, to end: Int = .max, seeks: Bool = true) {
    self.file = file
    self.offset = offset
    self.end = end
    self.seeks = seeks
  }

  package func next(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    let wanted = min(count, end - offset)
    guard wanted > 0 else { return 0 }
    let got = seeks ? try file.read(into: place, wanted, at: offset) : try file.read(into: place, wanted)
    offset += got
    return got
  }
}

/// Bytes that are already in memory: the start of an archive that was read to see what it is.
final class PrefixedBytes: ArchiveBytes {
  private var prefix: ArraySlice<UInt8>
  private let rest: any ArchiveBytes

  init(_ prefix: [UInt8], _ rest: any ArchiveBytes) {
    self.prefix = prefix[...]
    self.rest = rest
  }

  var damage: String? { rest.damage }
  var remark: String? { rest.remark }

  func next(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    guard !prefix.isEmpty else { return try rest.next(into: place, count) }
    let got = min(count, prefix.count)
    prefix.withUnsafeBufferPointer { bytes in
      if let start = bytes.baseAddress { place.update(from: start, count: got) }
    }
    prefix = prefix.dropFirst(got)
    return got
  }
}
