import Crypto
import ReturnPath

/// A campaign as its file tells it: one message for each subscriber of a list.
public struct Campaign: Sendable {
  /// A mailbox: a name for people, and an address.
  public struct Mailbox: Sendable, Equatable {
    public var name: String
    public var address: String

    public init(name: String = "", address: String) {
      self.name = name
      self.address = address
    }
  }

  /// A text, and the file, or the member of the campaign file, that it stands in.
  public struct Text: Sendable, Equatable {
    public var text: String
    public var file: String

    public init(text: String, file: String) {
      self.text = text
      self.file = file
    }
  }

  /// How a person unsubscribes. Both forms have `{token}` in the place of the subscriber's token.
  public struct Unsubscribe: Sendable, Equatable {
    /// An https address that answers a POST (RFC 8058).
    public var url: String?
    /// A mailbox whose mail is among the sources.
    public var address: ReturnAddress?
    /// Days for which the token counts.
    public var days = 1000

    public init(url: String? = nil, address: ReturnAddress? = nil, days: Int = 1000) {
      self.url = url
      self.address = address
      self.days = days
    }

    public var isEmpty: Bool { url == nil && address == nil }
  }

  /// The campaign file.
  public var file: String
  /// Names the campaign in its ledger, in tokens and in reports.
  public var name: String
  /// Whom it is for; nil for everybody on the roster.
  public var list: String?
  /// When it began, in seconds since 1970: the Date of all its messages.
  public var date: Int
  public var from: Mailbox
  public var replyTo: Mailbox?
  /// The recipient's name in To.
  public var toName: Text?
  public var subject: Text
  public var text: Text?
  public var html: Text?
  /// What `{{> name}}` may name: the .mustache files beside the campaign file.
  public var partials: [String: Text] = [:]
  /// Values for subscribers that lack a field.
  public var defaults: [String: String] = [:]
  /// List-Id (RFC 2919): its name for people, and the id.
  public var listID: Mailbox?
  public var unsubscribe = Unsubscribe()
  /// Feedback-ID, for Gmail's and others' statistics; the sender stands last in it.
  public var feedbackID: String
  /// Further fields, in their order.
  public var headers: [(name: String, value: String)] = []

  public init(file: String, name: String, date: Int, from: Mailbox, subject: Text) {
    self.file = file
    self.name = name
    self.date = date
    self.from = from
    self.subject = subject
    feedbackID = ""
  }

  /// What tokens call the campaign: a hash of its name (FNV-1a, 32 bits).
  public var number: UInt32 { Campaign.number(of: name) }

  public static func number(of name: String) -> UInt32 {
    name.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }
}

/// How return paths are written, and by which keys.
public struct ReturnPathSettings: Sendable {
  public var address: ReturnAddress
  public var keyring: Keyring
  /// Days for which a token counts.
  public var days: Int

  public init(address: ReturnAddress, keyring: Keyring, days: Int = 90) {
    self.address = address
    self.keyring = keyring
    self.days = days
  }
}

extension Campaign {
  /// The same text for a campaign whose messages are the same.
  func digest(_ settings: ReturnPathSettings) -> String {
    var hash = SHA256()
    func add(_ text: String?) {
      guard let text else { return hash.update(data: [0xFF]) }
      hash.update(data: Array(text.utf8) + [0])
    }
    func add(_ mailbox: Mailbox?) {
      add(mailbox?.name)
      add(mailbox?.address)
    }
    for text in [name, list, String(date), feedbackID] { add(text) }
    for mailbox in [from, replyTo, listID] { add(mailbox) }
    for text in [toName, subject, self.text, html] { add(text?.text) }
    for (name, text) in partials.sorted(by: { $0.key < $1.key }) {
      add(name)
      add(text.text)
    }
    for (name, value) in defaults.sorted(by: { $0.key < $1.key }) {
      add(name)
      add(value)
    }
    add(unsubscribe.url)
    add(unsubscribe.address.map { $0.address(ReturnAddress.mark) })
    add(String(unsubscribe.days))
    for (name, value) in headers {
      add(name)
      add(value)
    }
    add(settings.address.address(ReturnAddress.mark))
    add(String(settings.days))
    return hash.finalize().prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
