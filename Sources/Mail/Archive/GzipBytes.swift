import ByteSlices
import CZlib

/// What a gzip file holds (RFC 1952), with memory that does not depend on its size.
///
/// Members that follow each other read as one, as `gzip` has it. Zeros after the last member are padding. What else
/// follows a member is passed over and told by `remark`; a broken checksum or an early end leave what came before and are
/// told by `damage`. So is a bomb: what grows to more than 200 times the file, and 64 MiB; mail grows to five times, and
/// a log of the same bounce over and over to a hundred.
final class GzipBytes: ArchiveBytes {
  private let source: any ArchiveBytes
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutablePointer<UInt8>
  private static let inputSize = 128 << 10
  private static let patience = 64 << 20
  private static let mostGrowth = 200
  private var consumed = 0
  private var produced = 0
  private var isDone = false
  private var isInMember = true
  private(set) var damage: String?
  private(set) var remark: String?

  init(_ source: any ArchiveBytes) {
    self.source = source
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(capacity: Self.inputSize)
    // 15 window bits, + 16: gzip framing. Fails only without memory.
    if inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) != Z_OK {
      isDone = true
      damage = "zlib cannot start"
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  var fileBytes: Int? { source.fileBytes ?? consumed }

  func next(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    let got = try inflated(into: place, count)
    produced += got
    if !isDone, produced > Self.patience, produced / Self.mostGrowth > fileBytes ?? 0 {
      isDone = true
      damage =
        "the gzip stream grows more than \(Self.mostGrowth)-fold and was taken for a bomb after \(produced) bytes; "
        + "unpack it yourself if it is honest"
    }
    return got
  }

  private func inflated(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    stream.pointee.next_out = place
    stream.pointee.avail_out = UInt32(clamping: count)
    let room = Int(stream.pointee.avail_out)
    while stream.pointee.avail_out > 0, !isDone {
      if stream.pointee.avail_in == 0, try !refill() {
        isDone = true
        if isInMember { damage = "the gzip stream ends early, after \(consumed) bytes" }
        break
      }
      if !isInMember, try !beginMember() { break }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: continue
      case Z_STREAM_END: isInMember = false
      default:
        isDone = true
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "not gzip data"
        damage = "the gzip stream is damaged near byte \(position): \(reason)"
      }
    }
    return room - Int(stream.pointee.avail_out)
  }

  private var position: Int { consumed - Int(stream.pointee.avail_in) }

  private func refill() throws -> Bool {
    let got = try source.next(into: input, Self.inputSize)
    consumed += got
    stream.pointee.next_in = input
    stream.pointee.avail_in = UInt32(got)
    return got > 0
  }

  /// After a member: passes over padding, and starts the next member if there is one.
  private func beginMember() throws -> Bool {
    while true {
      while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
        stream.pointee.next_in += 1
        stream.pointee.avail_in -= 1
      }
      if stream.pointee.avail_in > 0 { break }
      guard try refill() else {
        isDone = true
        return false
      }
    }
    // A member begins 1f 8b; the second byte may still be in the file, and inflate will look at it.
    let first = stream.pointee.next_in[0]
    let second = stream.pointee.avail_in > 1 ? stream.pointee.next_in[1] : 0x8B
    guard first == 0x1F, second == 0x8B, inflateReset(stream) == Z_OK else {
      isDone = true
      remark = "something that is not gzip follows at byte \(position) and was passed over"
      return false
    }
    isInMember = true
    return true
  }
}
