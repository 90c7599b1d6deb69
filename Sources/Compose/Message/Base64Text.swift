import ByteSlices

/// Base64 (RFC 4648 §4), with padding.
enum Base64Text {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Appends it in one line.
  static func append(_ bytes: ByteSlice, to out: ByteBuffer) {
    let length = (bytes.count + 2) / 3 * 4
    let text = out.reserve(length)
    alphabet.withUnsafeBufferPointer { alphabet in
      var to = 0
      for from in stride(from: 0, to: bytes.count, by: 3) {
        let have = min(3, bytes.count - from)
        var word = UInt32(bytes.base[from]) << 16
        if have > 1 { word |= UInt32(bytes.base[from + 1]) << 8 }
        if have > 2 { word |= UInt32(bytes.base[from + 2]) }
        text[to] = alphabet[Int(word >> 18)]
        text[to + 1] = alphabet[Int(word >> 12 & 63)]
        text[to + 2] = have > 1 ? alphabet[Int(word >> 6 & 63)] : 0x3D
        text[to + 3] = have > 2 ? alphabet[Int(word & 63)] : 0x3D
        to += 4
      }
    }
    out.commit(length)
  }

  /// Appends it in lines of 76 characters, the last with its line end.
  static func appendLines(_ bytes: ByteSlice, to out: ByteBuffer) {
    for from in stride(from: 0, to: bytes.count, by: 57) {
      append(bytes.slice(from, min(from + 57, bytes.count)), to: out)
      out.append(0x0A)
    }
  }
}
