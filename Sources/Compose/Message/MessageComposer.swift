import ByteSlices
import ReturnPath
import Store

/// Makes the message for one subscriber after the other, into memory that each uses again.
///
/// A message follows from the campaign, the subscriber and the keys alone: composed again, it has the same bytes. Not
/// thread-safe.
public final class MessageComposer {
  public let fields: Fields
  private let campaign: Campaign
  private let settings: ReturnPathSettings
  private let key: UInt8
  private let subject: PartTemplate
  private let toName: PartTemplate?
  private let text: PartTemplate?
  private let html: PartTemplate?
  private let required: [(field: Int, file: String, line: Int)]
  private let defaults: [ByteSlice]
  private let hasDefault: [Bool]
  /// The header fields that are the same for all, before To and behind it.
  private let head: ByteSlice
  private let tail: ByteSlice
  private let name: ByteSlice
  private let list: ByteSlice
  private let kept = Arena(blockSize: 16 << 10)
  private let arena = Arena()
  private let out = ByteBuffer(capacity: 64 << 10)
  private let scratch = ByteBuffer(capacity: 32 << 10)
  private let envelope = ByteBuffer(capacity: 256)

  /// - Parameters:
  ///   - own: the names of the fields that subscribers have.
  ///   - key: the id of the key that signs; nil for the first.
  public init(_ campaign: Campaign, _ settings: ReturnPathSettings, fields own: [String], key: UInt8? = nil) throws {
    self.campaign = campaign
    self.settings = settings
    self.key = key ?? settings.keyring.signingKey
    let fields = Fields(own + campaign.defaults.keys.sorted())
    self.fields = fields
    let partials = campaign.partials.mapValues { (text: $0.text, file: $0.file) }
    func part(_ text: Campaign.Text?, isHTML: Bool = false) throws -> PartTemplate? {
      guard let text else { return nil }
      return try PartTemplate(text.text, file: text.file, isHTML: isHTML, fields: fields, partials: partials)
    }
    guard let subject = try part(campaign.subject) else { preconditionFailure("a text gives a template") }
    self.subject = subject
    toName = try part(campaign.toName)
    text = try part(campaign.text)
    html = try part(campaign.html, isHTML: true)
    let all = [subject, text, html].compactMap { $0 }
    let own = Fields.builtIn.count
    required = all.flatMap { part in
      part.required.filter { $0.field >= own }.map { ($0.field, part.file, $0.line) }
    }
    let kept = kept
    name = kept.copy(campaign.name)
    list = kept.copy(campaign.list ?? "")
    defaults = fields.names.map { campaign.defaults[$0].map { kept.copy($0) } ?? .empty }
    hasDefault = fields.names.map { campaign.defaults[$0] != nil }
    (head, tail) = MessageComposer.fixedFields(campaign, kept)
    for name in all.flatMap({ part in part.used.map { ($0, part.file) } })
    where ["unsubscribe_url", "unsubscribe_address"].contains(fields.names[name.0]) {
      let isURL = fields.names[name.0] == "unsubscribe_url"
      if isURL ? campaign.unsubscribe.url == nil : campaign.unsubscribe.address == nil {
        throw ComposeError.campaign(
          file: campaign.file, key: "unsubscribe",
          problem: "\(name.1) names {{\(fields.names[name.0])}}, which needs \"\(isURL ? "url" : "address")\" here")
      }
    }
  }

  /// Composes the message for a subscriber.
  /// - Parameter values: as ``fields`` has them; those of built-in fields are filled in here.
  public func compose(subscriber: Int, address: ByteSlice, values: [ByteSlice]) -> Result<Outgoing, Obstacle> {
    if let problem = MessageComposer.problem(of: address) { return .failure(.address(problem)) }
    arena.reset()
    var values = values
    for place in values.indices where values[place].isEmpty { values[place] = defaults[place] }
    for need in required where values[need.field].isEmpty && !hasDefault[need.field] {
      return .failure(.noValue(field: fields.names[need.field], file: need.file, line: need.line))
    }

    var token = ReturnToken(
      purpose: .returnPath, subscriber: subscriber, addressMark: ReturnToken.mark(of: arena.lowercasedASCII(address)),
      campaign: campaign.number, issued: ReturnToken.day(of: campaign.date), days: UInt16(clamping: settings.days))
    let returnToken = sign(token)
    var unsubscribeToken = ByteSlice.empty
    if !campaign.unsubscribe.isEmpty {
      token.purpose = .unsubscribe
      token.days = UInt16(clamping: campaign.unsubscribe.days)
      unsubscribeToken = sign(token)
    }
    fillBuiltIn(&values, address, unsubscribeToken)

    envelope.removeAll()
    envelope.append(settings.address.prefix)
    envelope.append(returnToken)
    envelope.append(settings.address.suffix)
    write(values, address, returnToken)
    return .success(
      Outgoing(subscriber: subscriber, sender: envelope.slice, recipient: address, message: out.slice))
  }

  private func sign(_ token: ReturnToken) -> ByteSlice {
    let text = arena.allocate(ReturnToken.length)
    settings.keyring.sign(token, key: key, into: text)
    return ByteSlice(base: text, count: ReturnToken.length)
  }

  private func fillBuiltIn(_ values: inout [ByteSlice], _ address: ByteSlice, _ token: ByteSlice) {
    values[0] = address
    values[1] = name
    values[2] = list
    if let url = campaign.unsubscribe.url { values[3] = filled(url, token) }
    if let form = campaign.unsubscribe.address {
      values[4] = arena.concat(arena.copy(form.prefix), token, arena.copy(form.suffix))
    }
  }

  private func filled(_ form: String, _ token: ByteSlice) -> ByteSlice {
    let bytes = arena.copy(form)
    guard let mark = ReturnAddress.mark.withByteSlice({ bytes.firstIndex(of: $0) }) else { return bytes }
    return arena.concat(bytes.prefix(mark), token, bytes.dropFirst(mark + ReturnAddress.mark.utf8.count))
  }

  // MARK: the message

  private func write(_ values: [ByteSlice], _ address: ByteSlice, _ token: ByteSlice) {
    out.removeAll()
    let header = HeaderWriter(out)
    out.append(head)
    scratch.removeAll()
    toName?.render(values, to: scratch)
    header.mailbox("To", phrase: scratch.slice, address: address)
    scratch.removeAll()
    subject.render(values, to: scratch)
    header.text("Subject", scratch.slice)
    out.append("Message-ID: <")
    out.append(token)
    out.append(0x40)
    out.append(settings.address.domain)
    out.append(">\n")
    writeUnsubscribe(values)
    out.append(tail)
    writeBody(values, token)
  }

  private func writeUnsubscribe(_ values: [ByteSlice]) {
    let (url, address) = (values[3], values[4])
    if url.isEmpty, address.isEmpty { return }
    out.append("List-Unsubscribe: ")
    if !url.isEmpty {
      out.append("<")
      out.append(url)
      out.append(address.isEmpty ? ">" : ">,\n ")
    }
    if !address.isEmpty {
      out.append("<mailto:")
      out.append(address)
      out.append("?subject=unsubscribe>")
    }
    out.append(0x0A)
    if !url.isEmpty { out.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n") }
  }

  private func writeBody(_ values: [ByteSlice], _ token: ByteSlice) {
    guard let text, let html else {
      return writePart(text ?? html, isHTML: text == nil, values)
    }
    // The code in the token: neither base64 nor quoted-printable can hold "=_", and a writer of plain text can't guess it.
    let boundary = token.dropFirst(ReturnToken.length - 16)
    out.append("Content-Type: multipart/alternative; boundary=\"=_")
    out.append(boundary)
    out.append("\"\n\n")
    for (part, isHTML) in [(text, false), (html, true)] {
      out.append("--=_")
      out.append(boundary)
      out.append(0x0A)
      writePart(part, isHTML: isHTML, values)
    }
    out.append("--=_")
    out.append(boundary)
    out.append("--\n")
  }

  private func writePart(_ part: PartTemplate?, isHTML: Bool, _ values: [ByteSlice]) {
    scratch.removeAll()
    part?.render(values, to: scratch)
    let encoding = BodyEncoding.best(for: scratch.slice)
    out.append(isHTML ? "Content-Type: text/html; charset=utf-8\n" : "Content-Type: text/plain; charset=utf-8\n")
    out.append("Content-Transfer-Encoding: ")
    out.append(encoding.name)
    out.append("\n\n")
    encoding.append(scratch.slice, to: out)
  }

  private static func fixedFields(_ campaign: Campaign, _ arena: Arena) -> (head: ByteSlice, tail: ByteSlice) {
    func made(_ body: (HeaderWriter) -> Void) -> ByteSlice {
      let buffer = ByteBuffer()
      body(HeaderWriter(buffer))
      return arena.copy(buffer.slice)
    }
    func mailbox(_ writer: HeaderWriter, _ name: StaticString, _ mailbox: Campaign.Mailbox) {
      mailbox.name.withByteSlice { phrase in
        mailbox.address.withByteSlice { writer.mailbox(name, phrase: phrase, address: $0) }
      }
    }
    let head = made { writer in
      DateField.text(campaign.date).withByteSlice { writer.plain("Date", $0) }
      mailbox(writer, "From", campaign.from)
      if let reply = campaign.replyTo { mailbox(writer, "Reply-To", reply) }
    }
    let tail = made { writer in
      if let id = campaign.listID { mailbox(writer, "List-Id", id) }
      if !campaign.feedbackID.isEmpty { campaign.feedbackID.withByteSlice { writer.text("Feedback-ID", $0) } }
      for (name, value) in campaign.headers {
        name.withByteSlice { name in value.withByteSlice { writer.text(name, $0) } }
      }
      writer.plain("MIME-Version", ByteSlice("1.0"))
    }
    return (head, tail)
  }

  // MARK: addresses

  /// What is wrong with an address, if anything: it goes into an envelope and between `<>` as it is.
  static func problem(of address: ByteSlice) -> String? {
    guard let at = address.lastIndex(of: 0x40), at > 0, at + 1 < address.count else { return "no address" }
    for byte in address {
      if byte >= 0x80 { return "an address that is not ASCII needs SMTPUTF8 (RFC 6531), which compose does not speak" }
      if byte.isASCIIAlphanumeric { continue }
      if byte <= 0x20 || byte == 0x7F || "<>()[]\",;:\\".utf8.contains(byte) {
        return "the address has a character that needs quoting or is not allowed"
      }
    }
    if at > 64 { return "the local part is longer than 64 characters" }
    if address.count > 254 { return "the address is longer than 254 characters" }
    if address.prefix(at).contains(0x40) { return "the address has two @" }
    return nil
  }
}

extension ReturnToken {
  /// The mark of an address in lower case.
  public static func mark(of key: ByteSlice) -> UInt16 { UInt16(truncatingIfNeeded: StableID.of(key)) }
}
