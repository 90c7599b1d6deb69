import ByteSlices

/// Takes a message apart into its parts (RFC 2046), in one pass over its lines.
///
/// Reused from message to message: `read` voids all that the last one gave. Time is linear in the message's size: no
/// line is looked at twice, and only lines that begin with `--` are compared with the open boundaries, of which there
/// are never more than the depth limit.
public final class MIMETree {
  /// The parts in preorder; the first is the message itself.
  @exclusivity(unchecked) public private(set) var parts: [MIMEPart] = []
  /// What was odd in the structure and the headers.
  public var flags: MailFlags { own.union(store.flags) }

  private let arena: Arena
  private let limits: MIMELimits
  private let store: HeaderStore
  @exclusivity(unchecked) private var own: MailFlags = []
  @exclusivity(unchecked) private var text = ByteSlice.empty
  @exclusivity(unchecked) private var cursor = 0
  /// Where the content before the delimiter ends on which `skip` stopped.
  @exclusivity(unchecked) private var contentEnd = 0
  @exclusivity(unchecked) private var open: [ByteSlice] = []
  @exclusivity(unchecked) private var decoded = 0

  public init(arena: Arena, limits: MIMELimits = MIMELimits()) {
    self.arena = arena
    self.limits = limits
    store = HeaderStore(limits: limits.headers)
  }

  /// Takes a message (LF line ends) apart.
  public func read(_ message: ByteSlice) {
    parts.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
    store.removeAll()
    own = []
    text = message
    cursor = 0
    decoded = 0
    _ = entity(parent: -1, depth: 0, style: .message, inDigest: false)
  }

  private enum Stop {
    case end
    case delimiter(level: Int, closing: Bool)
  }

  private func entity(parent: Int, depth: Int, style: HeaderStyle, inDigest: Bool) -> Stop {
    let (headers, bodyStart) = store.parse(text, from: cursor, style: style)
    if depth == 0, headers.isEmpty { own.insert(.noHeaders) }
    cursor = bodyStart
    let contentType = headers.first("content-type") ?? .empty
    let type = MediaType(contentType: contentType) ?? (inDigest && contentType.isEmpty ? .message : .textPlain)
    let index = parts.count
    parts.append(
      MIMEPart(
        parent: parent, depth: depth, headers: headers, type: type, contentType: contentType,
        encoding: TransferEncoding(headers.first("content-transfer-encoding")), body: .empty))
    var stop: Stop
    if depth >= limits.depth, !parts[index].isLeaf {
      own.insert(.depthLimit)
      stop = skip()
    } else if type.isMultipart {
      stop = multipart(index, depth)
    } else if type == .message, parts[index].encoding == .identity {
      stop = entity(parent: index, depth: depth + 1, style: .embedded, inDigest: false)
    } else {
      stop = skip()
      parts[index].body = text.slice(bodyStart, contentEnd)
      if type == .message { encodedMessage(index, depth) }
    }
    parts[index].body = text.slice(bodyStart, contentEnd)
    parts[index].end = parts.count
    return stop
  }

  private func multipart(_ index: Int, _ depth: Int) -> Stop {
    let header = parts[index].contentType
    var boundary = Parameters.value(of: "boundary", in: header, arena: arena)?.value
    while let last = boundary?.last, last.isASCIISpace { boundary = boundary?.dropLast() }
    guard let boundary = boundary ?? guessBoundary() else {
      own.insert(.missingBoundary)
      return skip()
    }
    open.append(boundary)
    let level = open.count - 1
    var closed = false
    var stop = skip()
    while case .delimiter(level, let closing) = stop {
      if closing {
        closed = true
        stop = skip()
        continue
      }
      guard parts.count < limits.parts else {
        own.insert(.partLimit)
        stop = skip()
        continue
      }
      stop = entity(
        parent: index, depth: depth + 1, style: .part, inDigest: parts[index].type == .multipartDigest)
    }
    open.removeLast()
    if parts.count == index + 1 {
      own.insert(.missingBoundary)
    } else if !closed {
      own.insert(.unclosedMultipart)
    }
    return stop
  }

  /// The boundary of a multipart that names none: the first line with `--` that a header field follows.
  private func guessBoundary() -> ByteSlice? {
    var at = cursor
    for _ in 0..<40 {
      guard at < text.count else { return nil }
      let end = text.firstIndex(of: 0x0A, from: at) ?? text.count
      let line = text.slice(at, min(end, at + 200))
      if line.count > 3, line.hasPrefix("--"), text.slice(end + 1, end + 9).equals(caseless: "content-") {
        return line.dropFirst(2).trimmed
      }
      at = end + 1
    }
    return nil
  }

  /// A message inside the message that is itself base64 or quoted-printable, against RFC 2046 §5.2.1, as Exchange and
  /// some gateways send it.
  private func encodedMessage(_ index: Int, _ depth: Int) {
    let room = limits.decoded - decoded
    let (bytes, capped) = parts[index].encoding.decode(parts[index].body, cap: room, arena: arena, flags: &own)
    if capped { own.insert(.decodeLimit) }
    decoded += bytes.count
    guard !bytes.isEmpty, parts.count < limits.parts else { return }
    let outer = (text, cursor, contentEnd, open)
    text = LineEnds.canonical(bytes, arena: arena)
    cursor = 0
    open = []
    _ = entity(parent: index, depth: depth + 1, style: .embedded, inDigest: false)
    (text, cursor, contentEnd, open) = outer
  }

  /// Goes on to the next delimiter line of any open multipart, and past it.
  private func skip() -> Stop {
    guard !open.isEmpty else {
      cursor = text.count
      contentEnd = text.count
      return .end
    }
    let base = text.base
    let count = text.count
    var from = cursor
    // Blanks may stand before a delimiter.
    while let hyphens = text.firstIndex(of: "--", from: from) {
      var start = hyphens
      while start > cursor, base[start - 1].isBlank { start -= 1 }
      if start == cursor || base[start - 1] == 0x0A {
        let next = text.firstIndex(of: 0x0A, from: hyphens).map { $0 + 1 } ?? count
        if let (level, closing) = match(text.slice(hyphens + 2, next)) {
          contentEnd = start > cursor ? start - 1 : start
          cursor = next
          return .delimiter(level: level, closing: closing)
        }
      }
      from = hyphens + 2
      while from < count, base[from] == 0x2D { from += 1 }
    }
    cursor = count
    contentEnd = count
    return .end
  }

  /// Which open multipart, the innermost first, has this delimiter: what stands after the two hyphens.
  private func match(_ tail: ByteSlice) -> (level: Int, closing: Bool)? {
    var level = open.count - 1
    while level >= 0 {
      let boundary = open[level]
      if tail.count >= boundary.count, tail.prefix(boundary.count) == boundary {
        let rest = tail.dropFirst(boundary.count)
        if isBlank(rest, emptyBoundary: boundary.isEmpty) { return (level, false) }
        if rest.hasPrefix("--"), isBlank(rest.dropFirst(2), emptyBoundary: boundary.isEmpty) { return (level, true) }
      }
      level -= 1
    }
    return nil
  }

  /// White space may follow a delimiter (RFC 2046 §5.1.1); after an empty boundary it would be a signature's `-- `.
  private func isBlank(_ rest: ByteSlice, emptyBoundary: Bool) -> Bool {
    if emptyBoundary { return rest.isEmpty || rest == "\n" }
    for byte in rest where !byte.isASCIISpace { return false }
    return true
  }
}
