import ByteSlices
import Mail

/// What the header section of a message says, read in one pass. Raw values, but where noted.
struct MessageHead {
  var from = ByteSlice.empty
  var sender = ByteSlice.empty
  var replyTo = ByteSlice.empty
  var to = ByteSlice.empty
  var subject = ByteSlice.empty
  var date = ByteSlice.empty
  var messageID = ByteSlice.empty
  var returnPath: ByteSlice?
  /// The newest trace field: each hop puts its own on top.
  var received = ByteSlice.empty
  var deliveredTo = ByteSlice.empty
  var originalTo = ByteSlice.empty
  var envelopeTo = ByteSlice.empty
  var failedRecipients: [ByteSlice] = []
  var isAutoSubmitted = false
  /// True when there were more fields for rules, or of failed recipients, than are kept.
  var isCut = false
  /// Positions of the fields that rules may see.
  var shown: [Int] = []

  init(_ block: HeaderBlock, _ rules: RuleHeaders, limit: Int) {
    for position in 0..<block.count {
      let field = block[position]
      take(field)
      if rules.shows(field.name) { if shown.count < limit { shown.append(position) } else { isCut = true } }
    }
  }

  private mutating func take(_ field: HeaderField) {
    let value = field.value
    guard let first = field.name.first else { return }
    switch (field.name.count, first | 0x20) {
    case (4, 0x66) where from.isEmpty && field.isNamed("from"): from = value
    case (6, 0x73) where sender.isEmpty && field.isNamed("sender"): sender = value
    case (8, 0x72):
      if replyTo.isEmpty, field.isNamed("reply-to") {
        replyTo = value
      } else if received.isEmpty, field.isNamed("received") {
        received = value
      }
    case (2, 0x74) where to.isEmpty && field.isNamed("to"): to = value
    case (7, 0x73) where subject.isEmpty && field.isNamed("subject"): subject = value
    case (4, 0x64) where date.isEmpty && field.isNamed("date"): date = value
    case (10, 0x6D) where messageID.isEmpty && field.isNamed("message-id"): messageID = value
    case (11, 0x72) where returnPath == nil && field.isNamed("return-path"): returnPath = value
    case (12, 0x64) where deliveredTo.isEmpty && field.isNamed("delivered-to"): deliveredTo = value
    case (13, 0x78):
      if originalTo.isEmpty, field.isNamed("x-original-to") {
        originalTo = value
      } else if envelopeTo.isEmpty, field.isNamed("x-envelope-to") {
        envelopeTo = value
      }
    case (11, 0x65) where envelopeTo.isEmpty && field.isNamed("envelope-to"): envelopeTo = value
    case (14, 0x61) where field.isNamed("auto-submitted"): isAutoSubmitted = !value.hasPrefix(caseless: "no")
    case (19, 0x78) where field.isNamed("x-failed-recipients"):
      if failedRecipients.count < 1000 { failedRecipients.append(value) } else { isCut = true }
    default: break
    }
  }
}
