import CShims

/// The byte classes that mail syntax is made of. All are ASCII only: no locale, no Unicode.
extension UInt8 {
  @inlinable public var isASCIIDigit: Bool { self &- 0x30 < 10 }
  @inlinable public var isASCIILowercase: Bool { self &- 0x61 < 26 }
  @inlinable public var isASCIIUppercase: Bool { self &- 0x41 < 26 }
  @inlinable public var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }
  @inlinable public var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }
  /// Space or tab: WSP of RFC 5234.
  @inlinable public var isBlank: Bool { self == 0x20 || self == 0x09 }
  /// Space, tab, LF, VT, FF or CR.
  @inlinable public var isASCIISpace: Bool { self == 0x20 || self &- 0x09 < 5 }
  @inlinable public var asciiLowercased: UInt8 { isASCIIUppercase ? self | 0x20 : self }
  @inlinable public var asciiUppercased: UInt8 { isASCIILowercase ? self & 0xDF : self }
  /// The value of a hexadecimal digit.
  @inlinable public var hexValue: UInt8? {
    if isASCIIDigit { return self &- 0x30 }
    let letter = (self | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
  }
}

extension ByteSlice {
  /// Without white space at both ends.
  @inlinable public var trimmed: ByteSlice {
    var from = 0
    var to = count
    while from < to, base[from].isASCIISpace { from += 1 }
    while to > from, base[to - 1].isASCIISpace { to -= 1 }
    return ByteSlice(base: base + from, count: to - from)
  }

  /// True when no byte has its high bit set.
  @inlinable public var isASCII: Bool { rm_is_ascii(base, count) != 0 }

  /// The value of a run of decimal digits, or nil when there is anything else, nothing at all, or an overflow.
  public var decimal: Int? {
    guard count > 0 else { return nil }
    var value = 0
    for i in 0..<count {
      guard base[i].isASCIIDigit else { return nil }
      let (scaled, high) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int(base[i] &- 0x30))
      if high || carry { return nil }
      value = sum
    }
    return value
  }

  /// Cuts at the first `byte`: what stands before it, and after it. Nil when there is none.
  @inlinable public func cut(at byte: UInt8) -> (before: ByteSlice, after: ByteSlice)? {
    guard let at = firstIndex(of: byte) else { return nil }
    return (slice(0, at), slice(at + 1, count))
  }
}
