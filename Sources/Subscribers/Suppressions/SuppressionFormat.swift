import ByteSlices

/// The forms in which suppressions go out and come in.
public enum SuppressionFormat: String, Sendable, CaseIterable {
  /// All that is known, as CSV; the form that comes back as it was.
  case csv
  /// The same, an object a line.
  case ndjson
  /// An address a line.
  case addresses
  /// An access map for Postfix's `check_recipient_access` (access(5)).
  case postfix
  /// A JSON object from address to cause, for `kumo.serde.json_load`.
  case kumomta
  /// listmonk's CSV, to be imported with the mode "blocklist".
  case listmonk
  /// A CSV for Twilio SendGrid's suppressions.
  case sendgrid
  /// CSVs for Mailgun's three suppression lists.
  case mailgunBounces = "mailgun-bounces"
  case mailgunComplaints = "mailgun-complaints"
  case mailgunUnsubscribes = "mailgun-unsubscribes"
  /// Amazon SES's bulk import: address and BOUNCE or COMPLAINT, without a first line.
  case ses
  /// Bodies of requests to Postmark's API, of 50 addresses each, one a line.
  case postmark
  /// A CSV for Mailchimp, to be imported as unsubscribed contacts.
  case mailchimp

  /// Whether it tells more than which addresses, so that lists are told apart in it.
  var tellsLists: Bool { self == .csv || self == .ndjson }
}

/// An address that no mail goes to, everywhere or on one list.
public struct Suppressed: Sendable, Equatable {
  public var address: String
  public var list: String?
  /// `suppressed` or `unsubscribed`.
  public var status: String
  /// Seconds since 1970.
  public var since: Int?
  public var cause: String?
  public var rule: String?
  public var policy: String?
  public var note: String?

  public init(
    address: String, list: String? = nil, status: String = "suppressed", since: Int? = nil, cause: String? = nil,
    rule: String? = nil, policy: String? = nil, note: String? = nil
  ) {
    self.address = address
    self.list = list
    self.status = status
    self.since = since
    self.cause = cause
    self.rule = rule
    self.policy = policy
    self.note = note
  }

  var isComplaint: Bool { status != "unsubscribed" && cause?.hasPrefix("feedback_loop/") == true }
}
