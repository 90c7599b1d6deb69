import ByteSlices
import CISAL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One gzip member (RFC 1952) that tells its own sizes, so that any member of a file decompresses alone.
///
/// The header has no name and no time, and a FEXTRA field `RM` with two little-endian 32-bit numbers: the size of the
/// whole member and that of its text. `zcat`, `gzip -t`, Python and Spark read it like any other gzip.
enum GzipMember {
  /// 10 fixed bytes, 2 of XLEN, 4 of the subfield's head, 8 of the sizes.
  static let headerSize = 24
  /// CRC-32 and ISIZE.
  static let trailerSize = 8

  /// The sizes that the header at `bytes` tells; nil when it is not one of ours.
  static func sizes(_ bytes: ByteSlice) -> (member: Int, text: Int)? {
    guard bytes.count >= headerSize, bytes.hasPrefix("\u{1F}"), bytes[1] == 0x8B, bytes[2] == 8, bytes[3] == 4,
      bytes[10] == 12, bytes[11] == 0, bytes[12] == 0x52, bytes[13] == 0x4D, bytes[14] == 8, bytes[15] == 0
    else { return nil }
    let member = Int(word(bytes, 16))
    guard member >= headerSize + trailerSize else { return nil }
    return (member, Int(word(bytes, 20)))
  }

  static func word(_ bytes: ByteSlice, _ at: Int) -> UInt32 {
    UInt32(littleEndian: UnsafeRawPointer(bytes.base + at).loadUnaligned(as: UInt32.self))
  }
}

/// Compresses text into members with ISA-L, level 1. One a worker; not thread-safe.
public final class GzipCompressor {
  private let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
  private let levelBuffer = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(rm_isal_level1_buffer_size))

  public init() {
    // isal_deflate_stateless_init leaves hist_bits alone: garbage there shrinks the window, and the bytes differ.
    memset(stream, 0, MemoryLayout<isal_zstream>.size)
  }

  deinit {
    stream.deallocate()
    levelBuffer.deallocate()
  }

  /// Appends `text`, at most 2 GiB, as one member.
  public func compress(_ text: ByteSlice, to out: ByteBuffer) {
    // Stored blocks are the worst case: 5 bytes for each 65,535, with room to spare.
    let bound = text.count + text.count / 1024 + 512
    let start = out.count
    let place = out.reserve(GzipMember.headerSize + bound + GzipMember.trailerSize)
    isal_deflate_stateless_init(stream)
    stream.pointee.level = 1
    stream.pointee.level_buf = levelBuffer
    stream.pointee.level_buf_size = UInt32(rm_isal_level1_buffer_size)
    stream.pointee.gzip_flag = UInt16(IGZIP_DEFLATE)
    stream.pointee.end_of_stream = 1
    stream.pointee.flush = UInt16(NO_FLUSH)
    stream.pointee.next_in = UnsafeMutablePointer(mutating: text.base)
    stream.pointee.avail_in = UInt32(text.count)
    stream.pointee.next_out = place + GzipMember.headerSize
    stream.pointee.avail_out = UInt32(bound)
    let result = isal_deflate_stateless(stream)
    precondition(result == COMP_OK, "igzip refused a member within its own bound")
    let member = GzipMember.headerSize + Int(stream.pointee.total_out) + GzipMember.trailerSize
    let fixed: [UInt8] = [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 255, 12, 0, 0x52, 0x4D, 8, 0]
    for (i, byte) in fixed.enumerated() { place[i] = byte }
    store(UInt32(member), place + 16)
    store(UInt32(text.count), place + 20)
    store(crc32_gzip_refl(0, text.base, UInt64(text.count)), place + member - 8)
    store(UInt32(text.count), place + member - 4)
    out.commit(member)
    assert(out.count == start + member)
  }

  private func store(_ value: UInt32, _ place: UnsafeMutablePointer<UInt8>) {
    UnsafeMutableRawPointer(place).storeBytes(of: value.littleEndian, as: UInt32.self)
  }
}

/// Takes members apart again. One a worker; not thread-safe.
public final class GzipDecompressor {
  private let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)

  public init() {}

  deinit { state.deallocate() }

  /// Replaces `out` by the text of a whole member. False when the member is damaged.
  public func decompress(_ member: ByteSlice, text size: Int, to out: ByteBuffer) -> Bool {
    guard member.count >= GzipMember.headerSize + GzipMember.trailerSize else { return false }
    out.removeAll()
    let place = out.reserve(size + 8)
    isal_inflate_init(state)
    state.pointee.crc_flag = UInt32(ISAL_DEFLATE)
    state.pointee.next_in = UnsafeMutablePointer(mutating: member.base + GzipMember.headerSize)
    state.pointee.avail_in = UInt32(member.count - GzipMember.headerSize - GzipMember.trailerSize)
    state.pointee.next_out = place
    state.pointee.avail_out = UInt32(size + 8)
    guard isal_inflate_stateless(state) == ISAL_DECOMP_OK, Int(state.pointee.total_out) == size else { return false }
    out.commit(size)
    return crc32_gzip_refl(0, place, UInt64(size)) == GzipMember.word(member, member.count - 8)
  }
}
