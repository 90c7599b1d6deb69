import ByteSlices

/// The media types (RFC 2045 §5) that reading a mail depends on; all others are `other`.
public enum MediaType: UInt8, Sendable {
  case textPlain, textHTML, textOther
  /// text/rfc822-headers (RFC 6522 §4).
  case rfc822Headers
  case multipartMixed, multipartAlternative, multipartReport, multipartDigest, multipartRelated, multipartOther
  /// message/rfc822, message/global (RFC 6532), and message/news.
  case message
  /// message/global-headers (RFC 6533 §4).
  case globalHeaders
  /// message/delivery-status and message/global-delivery-status.
  case deliveryStatus
  /// message/disposition-notification and message/global-disposition-notification.
  case dispositionNotification
  /// message/feedback-report (RFC 5965 §3).
  case feedbackReport
  case other

  public var isMultipart: Bool { rawValue >= MediaType.multipartMixed.rawValue && rawValue <= 9 }
  public var isText: Bool { rawValue <= MediaType.textOther.rawValue }

  /// Reads the type from a raw Content-Type value; what can't be read is nil, and to be taken as text/plain.
  public init?(contentType value: ByteSlice) {
    var end = 0
    while end < value.count, value[end] != 0x3B { end += 1 }
    let full = value.slice(0, end).trimmed
    guard let (before, after) = full.cut(at: 0x2F) else {
      // "text", "html" and the like stand alone in old mail.
      if full.equals(caseless: "text") { self = .textPlain } else { return nil }
      return
    }
    let type = before.trimmed
    var subtypeEnd = 0
    let rest = after.trimmed
    while subtypeEnd < rest.count, !rest[subtypeEnd].isASCIISpace, rest[subtypeEnd] != 0x28 { subtypeEnd += 1 }
    let subtype = rest.slice(0, subtypeEnd)
    if type.equals(caseless: "text") {
      self = MediaType.text(subtype)
    } else if type.equals(caseless: "multipart") {
      self = MediaType.multipart(subtype)
    } else if type.equals(caseless: "message") {
      self = MediaType.message(subtype)
    } else {
      self = .other
    }
  }

  private static func text(_ subtype: ByteSlice) -> MediaType {
    if subtype.equals(caseless: "plain") { return .textPlain }
    if subtype.equals(caseless: "html") { return .textHTML }
    if subtype.equals(caseless: "rfc822-headers") || subtype.equals(caseless: "rfc822-header") { return .rfc822Headers }
    if subtype.equals(caseless: "rfc822") { return .message }
    if subtype.equals(caseless: "x-amp-html") || subtype.equals(caseless: "calendar") { return .other }
    return .textOther
  }

  private static func multipart(_ subtype: ByteSlice) -> MediaType {
    if subtype.equals(caseless: "mixed") { return .multipartMixed }
    if subtype.equals(caseless: "alternative") { return .multipartAlternative }
    if subtype.equals(caseless: "report") { return .multipartReport }
    if subtype.equals(caseless: "digest") { return .multipartDigest }
    if subtype.equals(caseless: "related") { return .multipartRelated }
    return .multipartOther
  }

  private static func message(_ subtype: ByteSlice) -> MediaType {
    if subtype.equals(caseless: "rfc822") || subtype.equals(caseless: "global") || subtype.equals(caseless: "news")
      || subtype.equals(caseless: "partial")
    {
      return .message
    }
    if subtype.equals(caseless: "delivery-status") || subtype.equals(caseless: "global-delivery-status") {
      return .deliveryStatus
    }
    if subtype.equals(caseless: "disposition-notification")
      || subtype.equals(caseless: "global-disposition-notification")
    {
      return .dispositionNotification
    }
    if subtype.equals(caseless: "feedback-report") { return .feedbackReport }
    if subtype.equals(caseless: "global-headers") { return .globalHeaders }
    if subtype.equals(caseless: "rfc822-headers") || subtype.equals(caseless: "rfc822-header") { return .rfc822Headers }
    return .other
  }
}
