import ByteSlices

/// One header field (RFC 5322 §2.2): slices of the message, nothing decoded.
public struct HeaderField {
  /// The name as written, without the colon.
  public let name: ByteSlice
  /// The value as written, folds included, without white space at both ends.
  public let value: ByteSlice
  /// Length, first and last letter of the name: tells most names apart without looking at them.
  public let key: UInt32

  @inlinable init(name: ByteSlice, value: ByteSlice) {
    self.name = name
    self.value = value
    key = HeaderField.key(name)
  }

  /// What `key` is for a name.
  @inlinable public static func key(_ name: ByteSlice) -> UInt32 {
    guard let first = name.first, let last = name.last else { return 0 }
    return UInt32(truncatingIfNeeded: name.count) << 16 | UInt32(first | 0x20) << 8 | UInt32(last | 0x20)
  }

  /// True when the field has this name, without regard to case.
  @inlinable public func isNamed(_ name: ByteSlice, key wanted: UInt32) -> Bool {
    key == wanted && self.name.equals(caseless: name)
  }

  /// True when the field has this name, without regard to case.
  @inlinable public func isNamed(_ name: StaticString) -> Bool {
    let name = ByteSlice(name)
    return isNamed(name, key: HeaderField.key(name))
  }
}

/// The fields of one message or part: a view into a `HeaderStore`, valid until the store is emptied.
public struct HeaderBlock {
  @usableFromInline unowned(unsafe) let store: HeaderStore
  @usableFromInline let from: Int
  @usableFromInline let to: Int

  @inlinable init(store: HeaderStore, from: Int, to: Int) {
    self.store = store
    self.from = from
    self.to = to
  }

  @inlinable public var count: Int { to - from }
  @inlinable public var isEmpty: Bool { to == from }

  /// The field at a position, 0 for the first.
  @inlinable public subscript(position: Int) -> HeaderField {
    precondition(position >= 0 && position < to - from, "no such header field")
    return store.fields[from + position]
  }

  /// The raw value of the first field of that name (given in any case).
  @inlinable public func first(_ name: StaticString) -> ByteSlice? { first(ByteSlice(name)) }

  /// The raw value of the first field of that name (given in any case).
  @inlinable public func first(_ name: ByteSlice) -> ByteSlice? {
    let key = HeaderField.key(name)
    for at in from..<to where store.fields[at].isNamed(name, key: key) { return store.fields[at].value }
    return nil
  }

  /// Calls `body` with the raw value of every field of that name, in order.
  @inlinable public func all(_ name: StaticString, _ body: (ByteSlice) -> Void) {
    let name = ByteSlice(name)
    let key = HeaderField.key(name)
    for at in from..<to where store.fields[at].isNamed(name, key: key) { body(store.fields[at].value) }
  }

  /// True when there is a field of that name.
  @inlinable public func has(_ name: StaticString) -> Bool { first(name) != nil }
}
