import Mail

/// Where in a message's parts the report stands, if there is one, and what goes with it.
struct ReportParts {
  /// The shallowest part of a report's type; -1 when there is none.
  private(set) var report = -1
  private(set) var kind = MediaType.other
  /// The multipart that holds the report, and with it its text and the original; 0 when it stands alone.
  private(set) var container = 0

  init(_ parts: [MIMEPart]) {
    var depth = Int.max
    for (at, part) in parts.enumerated() where part.depth < depth {
      switch part.type {
      case .deliveryStatus, .dispositionNotification, .feedbackReport:
        report = at
        kind = part.type
        depth = part.depth
      default: break
      }
    }
    if report >= 0 { container = max(parts[report].parent, 0) }
  }

  /// The positions of the header of the returned original: the part after an attached message's own, or a part of
  /// header text.
  func original(_ parts: [MIMEPart]) -> (message: Int, headers: Int) {
    var message = -1
    var headers = -1
    func look(_ range: Range<Int>) {
      for at in range {
        let part = parts[at]
        // What holds the report is a forward of it, not the original.
        if part.type == .message, part.end > at + 1, !(report > at && report < part.end) {
          if message < 0 { message = at + 1 }
        } else if part.type == .rfc822Headers || part.type == .globalHeaders {
          if headers < 0 { headers = at }
        }
        if message >= 0 || headers >= 0 { return }
      }
    }
    if report >= 0 { look(report + 1..<max(parts[container].end, report + 1)) }
    if message < 0, headers < 0 { look(parts.indices) }
    return (message, headers)
  }
}
