import ByteSlices
import Records
import Store

extension VerdictRecord {
  /// Takes out what a message tells of people who were erased on request: a verdict that names one keeps what was
  /// judged and loses the rest, and the message its sender, recipient, subject and Message-ID. It still counts.
  mutating func erase(_ erased: Tombstones) {
    let isSender = erased.contains(from)
    var isTouched = isSender
    for index in verdicts.indices {
      let verdict = verdicts[index]
      let isTheirs = erased.contains(verdict.subscriberAddress(in: self)) || erased.contains(verdict.alias)
      guard isTheirs || erased.contains(verdict.newAddress) else { continue }
      isTouched = true
      if isTheirs {
        verdicts[index].recipient = .empty
        verdicts[index].alias = .empty
      }
      verdicts[index].newAddress = .empty
      verdicts[index].diagnostic = .empty
    }
    guard isTouched else { return }
    if isSender { from = .empty }
    to = .empty
    subject = .empty
    messageID = .empty
  }
}
