import ByteSlices
import Testing

/// The scans that look at many bytes at once say what one would say that looks at each.
@Suite struct ScanTests {
  /// Bytes that matter to some scan, and a few that don't.
  private let telling: [UInt8] = [
    0x00, 0x09, 0x0A, 0x1F, 0x20, 0x21, 0x22, 0x2F, 0x30, 0x39, 0x3A, 0x3D, 0x3F, 0x40, 0x41, 0x5A, 0x5B, 0x5C, 0x60,
    0x61, 0x66, 0x67, 0x7A, 0x7B, 0x7E, 0x7F, 0x80, 0xC3, 0xFF,
  ]

  @Test func caseIsFoldedAtAnyLength() {
    for length in 0...40 {
      let text = [UInt8](repeating: 0x6D, count: length)
      for place in 0..<length {
        for a in telling {
          for b in telling {
            var one = text
            var other = text
            (one[place], other[place]) = (a, b)
            let expected = a == b || a.isASCIILetter && b.isASCIILetter && a | 0x20 == b | 0x20
            let found = one.withByteSlice { one in other.withByteSlice { one.equals(caseless: $0) } }
            #expect(found == expected, "\(a) and \(b) at \(place) of \(length)")
          }
        }
      }
    }
  }

  @Test func bytesBeyondASCIIAreSeenAtAnyPlace() {
    for length in 0...40 {
      var text = [UInt8](repeating: 0x7F, count: length)
      #expect(text.withByteSlice { $0.isASCII })
      for place in 0..<length {
        text[place] = 0x80
        #expect(!text.withByteSlice { $0.isASCII }, "at \(place) of \(length)")
        text[place] = 0x41
      }
    }
  }
}
