/// The eleven categories, gravest first: a message with several verdicts takes the gravest one's category.
///
/// `hard_bounce` and `soft_bounce` speak about the address, `mail_block` about the sender, `message_restriction` about
/// the message; the other seven are not failures to deliver.
public enum Category: String, Sendable, CaseIterable, Comparable {
  case hardBounce = "hard_bounce"
  case feedbackLoop = "feedback_loop"
  case unsubscribeRequest = "unsubscribe_request"
  case redirect
  case mailBlock = "mail_block"
  case messageRestriction = "message_restriction"
  case softBounce = "soft_bounce"
  case subscribeRequest = "subscribe_request"
  case userReply = "user_reply"
  case autoReply = "auto_reply"
  case deliveryStatus = "delivery_status"

  /// 0 for the gravest.
  public var rank: Int {
    switch self {
    case .hardBounce: 0
    case .feedbackLoop: 1
    case .unsubscribeRequest: 2
    case .redirect: 3
    case .mailBlock: 4
    case .messageRestriction: 5
    case .softBounce: 6
    case .subscribeRequest: 7
    case .userReply: 8
    case .autoReply: 9
    case .deliveryStatus: 10
    }
  }
  /// Graver comes first.
  public static func < (a: Category, b: Category) -> Bool { a.rank < b.rank }

  /// The reasons that come with the product; a user's own rules may name more.
  public var reasons: [String] {
    switch self {
    case .hardBounce: ["user_unknown", "host_unknown", "domain_refuses_mail", "bad_address_syntax", "suppressed"]
    case .softBounce:
      [
        "mailbox_full", "mailbox_disabled", "expired", "network_error", "system_error", "system_full", "greylisted",
        "undetermined",
      ]
    case .mailBlock:
      [
        "bad_reputation", "blocked", "authentication_failure", "reverse_dns", "relay_denied", "rate_limited",
        "sender_rejected", "policy_violation", "security_required", "spam_detected", "virus_detected",
        "recipient_filtered", "challenge",
      ]
    case .messageRestriction:
      ["message_too_big", "too_many_recipients", "content_error", "not_rfc_compliant", "protocol_error"]
    case .deliveryStatus: ["delayed", "delivered", "relayed", "expanded", "read", "deleted_unread"]
    case .autoReply: ["vacation", "acknowledgement", "departed", "invitation", "other"]
    case .redirect: ["moved"]
    case .subscribeRequest: ["subscribe"]
    case .unsubscribeRequest: ["reply", "list_unsubscribe"]
    case .feedbackLoop: ["abuse", "fraud", "virus", "auth_failure", "not_spam", "opt_out", "other"]
    case .userReply: ["reply", "unsolicited", "unclassified"]
    }
  }

  /// True for failures, delays and delivery reports: the verdict names the recipient that the report speaks of. False
  /// where it names the person who wrote.
  public var namesReportedRecipient: Bool {
    switch self {
    case .hardBounce, .softBounce, .mailBlock, .messageRestriction, .deliveryStatus, .redirect, .feedbackLoop: true
    case .autoReply, .subscribeRequest, .unsubscribeRequest, .userReply: false
    }
  }

  /// A property of the reason: the address can never work.
  public func isHard(reason: String) -> Bool { self == .hardBounce || self == .redirect && reason == "moved" }
}
