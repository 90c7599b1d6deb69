import ByteSlices

/// Base64 (RFC 2045 §6.8), read as leniently as mail needs: foreign bytes are passed over, padding inside begins anew,
/// and a cut end gives what it can.
public enum Base64 {
  /// Decodes at most `cap` bytes.
  public static func decode(
    _ body: ByteSlice, cap: Int, arena: Arena, flags: inout MailFlags
  ) -> (bytes: ByteSlice, capped: Bool) {
    let room = min(body.count / 4 * 3 + 3, cap) + 3
    let out = arena.allocate(room)
    var written = 0
    var bits: UInt32 = 0
    var have = 0
    var foreign = 0
    var at = 0
    var capped = false
    values.withUnsafeBufferPointer { values in
      while at < body.count {
        if written >= cap {
          capped = true
          break
        }
        if have == 0, at + 4 <= body.count {
          let a = values[Int(body.base[at])]
          let b = values[Int(body.base[at + 1])]
          let c = values[Int(body.base[at + 2])]
          let d = values[Int(body.base[at + 3])]
          if (a | b | c | d) < 64 {
            out[written] = a << 2 | b >> 4
            out[written + 1] = b << 4 | c >> 2
            out[written + 2] = c << 6 | d
            written += 3
            at += 4
            continue
          }
        }
        let byte = body.base[at]
        let value = values[Int(byte)]
        at += 1
        if value < 64 {
          bits = bits << 6 | UInt32(value)
          have += 1
          if have == 4 {
            out[written] = UInt8(truncatingIfNeeded: bits >> 16)
            out[written + 1] = UInt8(truncatingIfNeeded: bits >> 8)
            out[written + 2] = UInt8(truncatingIfNeeded: bits)
            written += 3
            bits = 0
            have = 0
          }
        } else if byte == 0x3D {
          written += flush(bits, have, to: out + written)
          bits = 0
          have = 0
        } else if !byte.isASCIISpace {
          foreign += 1
        }
      }
    }
    if !capped { written += flush(bits, have, to: out + written) }
    if foreign > 0 { flags.insert(.badEncoding) }
    let kept = min(written, cap)
    arena.shrinkLast(allocated: room, kept: kept)
    return (ByteSlice(base: out, count: kept), capped)
  }

  private static func flush(_ bits: UInt32, _ have: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
    switch have {
    case 2:
      out[0] = UInt8(truncatingIfNeeded: bits >> 4)
      return 1
    case 3:
      out[0] = UInt8(truncatingIfNeeded: bits >> 10)
      out[1] = UInt8(truncatingIfNeeded: bits >> 2)
      return 2
    default: return 0
    }
  }

  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 0xFF, count: 256)
    for i in 0..<26 {
      table[0x41 + i] = UInt8(i)
      table[0x61 + i] = UInt8(26 + i)
    }
    for i in 0..<10 { table[0x30 + i] = UInt8(52 + i) }
    table[0x2B] = 62
    table[0x2F] = 63
    table[0x2D] = 62  // the URL alphabet (RFC 4648 §5), which some writers use
    table[0x5F] = 63
    return table
  }()
}
