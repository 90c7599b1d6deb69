import CShims

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A borrowed run of bytes: a pointer and a count, nothing owned and nothing counted.
///
/// A slice is valid as long as what it was cut from: a mapped file, a `ByteBuffer` that is not written to, or an
/// `Arena` that is not reset. Stages cut a message into slices and write them out before they turn to the next one;
/// what must live longer is copied (`Array(slice)`, `String(slice)`, `Arena.copy`).
public struct ByteSlice {
  /// The first byte. Points somewhere valid even when `count` is 0.
  public let base: UnsafePointer<UInt8>
  /// The number of bytes.
  public let count: Int

  @inlinable public init(base: UnsafePointer<UInt8>, count: Int) {
    assert(count >= 0)
    self.base = base
    self.count = count
  }

  @inlinable public init(_ text: StaticString) {
    self.init(base: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  @inlinable public init(_ buffer: UnsafeRawBufferPointer) {
    if let start = buffer.baseAddress {
      self.init(base: start.assumingMemoryBound(to: UInt8.self), count: buffer.count)
    } else {
      self = .empty
    }
  }

  /// A slice of no bytes.
  @inlinable public static var empty: ByteSlice { ByteSlice("" as StaticString) }

  @inlinable public var isEmpty: Bool { count == 0 }
  @inlinable public var end: UnsafePointer<UInt8> { base + count }
  /// The same bytes for C and Foundation.
  @inlinable public var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// The byte at an offset; checked in debug builds only.
  @inlinable public subscript(offset: Int) -> UInt8 {
    assert(offset >= 0 && offset < count)
    return base[offset]
  }

  /// The bytes from `from` up to, without, `to`. Both are clamped to the slice.
  @inlinable public func slice(_ from: Int, _ to: Int) -> ByteSlice {
    let upper = Swift.min(Swift.max(to, 0), count)
    let lower = Swift.min(Swift.max(from, 0), upper)
    return ByteSlice(base: base + lower, count: upper - lower)
  }

  @inlinable public subscript(range: Range<Int>) -> ByteSlice { slice(range.lowerBound, range.upperBound) }
  @inlinable public func prefix(_ length: Int) -> ByteSlice { slice(0, length) }
  @inlinable public func dropFirst(_ length: Int = 1) -> ByteSlice { slice(length, count) }
  @inlinable public func dropLast(_ length: Int = 1) -> ByteSlice { slice(0, count - length) }
  @inlinable public var first: UInt8? { count > 0 ? base[0] : nil }
  @inlinable public var last: UInt8? { count > 0 ? base[count - 1] : nil }

  /// How far into `whole` this slice begins; both must be cut from the same bytes.
  @inlinable public func offset(in whole: ByteSlice) -> Int { base - whole.base }
}

extension ByteSlice {
  /// The offset of the first `byte` at or after `from`.
  @inlinable public func firstIndex(of byte: UInt8, from: Int = 0) -> Int? {
    guard from < count, let hit = memchr(base + from, Int32(byte), count - from) else { return nil }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }

  /// The offset of the last `byte`.
  @inlinable public func lastIndex(of byte: UInt8) -> Int? {
    guard count > 0, let hit = rm_memrchr(base, Int32(byte), count) else { return nil }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }

  /// The offset of the first place at or after `from` where `needle` stands, byte for byte.
  @inlinable public func firstIndex(of needle: ByteSlice, from: Int = 0) -> Int? {
    guard from <= count, needle.count <= count - from else { return nil }
    guard let hit = rm_memmem(base + from, count - from, needle.base, needle.count) else { return nil }
    return hit - UnsafeRawPointer(base)
  }

  @inlinable public func firstIndex(of needle: StaticString, from: Int = 0) -> Int? {
    firstIndex(of: ByteSlice(needle), from: from)
  }

  @inlinable public func contains(_ byte: UInt8) -> Bool { firstIndex(of: byte) != nil }
  @inlinable public func contains(_ needle: StaticString) -> Bool { firstIndex(of: ByteSlice(needle)) != nil }

  /// The offset of the first place where `needle` stands, without regard to ASCII case. `needle` is lower case.
  @inlinable public func firstIndex(ofCaseless needle: StaticString, from: Int = 0) -> Int? {
    guard from <= count,
      let hit = rm_memcasemem(base + from, count - from, needle.utf8Start, needle.utf8CodeUnitCount)
    else { return nil }
    return hit - UnsafeRawPointer(base)
  }

  @inlinable public func contains(caseless needle: StaticString) -> Bool { firstIndex(ofCaseless: needle) != nil }

  @inlinable public func hasPrefix(_ text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount && memcmp(base, text.utf8Start, text.utf8CodeUnitCount) == 0
  }

  @inlinable public func hasSuffix(_ text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount
      && memcmp(end - text.utf8CodeUnitCount, text.utf8Start, text.utf8CodeUnitCount) == 0
  }

  @inlinable public func hasPrefix(caseless text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount && prefix(text.utf8CodeUnitCount).equals(caseless: ByteSlice(text))
  }

  /// Same bytes, ASCII letters compared without regard to case.
  @inlinable public func equals(caseless other: ByteSlice) -> Bool {
    guard count == other.count else { return false }
    // Most differ in their first byte.
    return count == 0 || (base[0] ^ other.base[0]) & 0xDF == 0 && rm_equal_caseless(base, other.base, count) != 0
  }

  @inlinable public func equals(caseless text: StaticString) -> Bool { equals(caseless: ByteSlice(text)) }

  @inlinable public static func == (slice: ByteSlice, text: StaticString) -> Bool { slice == ByteSlice(text) }
  @inlinable public static func != (slice: ByteSlice, text: StaticString) -> Bool { !(slice == ByteSlice(text)) }
}

extension ByteSlice: Equatable, Hashable {
  @inlinable public static func == (a: ByteSlice, b: ByteSlice) -> Bool {
    a.count == b.count && memcmp(a.base, b.base, a.count) == 0
  }

  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(bytes: raw) }
}

extension ByteSlice: Sequence {
  @inlinable public func makeIterator() -> UnsafeBufferPointer<UInt8>.Iterator {
    UnsafeBufferPointer(start: base, count: count).makeIterator()
  }

  @inlinable public var underestimatedCount: Int { count }
}

extension ByteSlice: CustomStringConvertible {
  /// The bytes read as UTF-8, with U+FFFD for what is not.
  public var description: String { String(self) }
}

extension String {
  /// The bytes read as UTF-8, with U+FFFD for what is not.
  @inlinable public init(_ slice: ByteSlice) {
    self = String(decoding: UnsafeBufferPointer(start: slice.base, count: slice.count), as: UTF8.self)
  }

  /// Lends the text's UTF-8 bytes to `body`; the slice must not leave it.
  @inlinable public func withByteSlice<R>(_ body: (ByteSlice) throws -> R) rethrows -> R {
    var copy = self
    return try copy.withUTF8 { try body(ByteSlice(UnsafeRawBufferPointer($0))) }
  }
}

extension Array where Element == UInt8 {
  /// Lends the array's bytes to `body`; the slice must not leave it.
  @inlinable public func withByteSlice<R>(_ body: (ByteSlice) throws -> R) rethrows -> R {
    try withUnsafeBytes { try body(ByteSlice($0)) }
  }
}
