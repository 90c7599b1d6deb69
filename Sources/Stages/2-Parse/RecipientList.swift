import ByteSlices
import Records

/// The recipients of one report, each once.
struct RecipientList {
  private(set) var items: [RecipientEvidence] = []
  /// True when there were more than the limit.
  private(set) var isCut = false
  private var positions: [ByteSlice: Int] = [:]
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { items.isEmpty }

  mutating func removeAll() {
    items.removeAll(keepingCapacity: true)
    if !positions.isEmpty { positions.removeAll(keepingCapacity: true) }
    isCut = false
  }

  /// Adds what a report says of a recipient, or merges it with what it said before.
  mutating func add(_ recipient: RecipientEvidence, _ arena: Arena) {
    if let at = position(of: recipient.address, arena) {
      merge(recipient, into: at)
      return
    }
    guard items.count < limit else {
      isCut = true
      return
    }
    items.append(recipient)
    if items.count == 9 {
      for (at, item) in items.enumerated() { positions[arena.lowercasedASCII(item.address)] = at }
    } else if items.count > 9 {
      positions[arena.lowercasedASCII(recipient.address)] = items.count - 1
    }
  }

  /// Where a recipient stands, by address without regard to case.
  func position(of address: ByteSlice, _ arena: Arena) -> Int? {
    if items.count > 8 { return positions[arena.lowercasedASCII(address)] }
    for (at, item) in items.enumerated() where item.address.equals(caseless: address) { return at }
    return nil
  }

  mutating func update(_ at: Int, _ change: (inout RecipientEvidence) -> Void) { change(&items[at]) }

  /// The same recipient twice in one report: the graver action counts, and the fuller words.
  private mutating func merge(_ new: RecipientEvidence, into at: Int) {
    if RecipientList.gravity(new.action) > RecipientList.gravity(items[at].action) {
      let old = items[at]
      items[at] = new
      fill(at, from: old)
    } else {
      fill(at, from: new)
    }
  }

  private mutating func fill(_ at: Int, from other: RecipientEvidence) {
    if items[at].alias.isEmpty { items[at].alias = other.alias }
    if items[at].action.isEmpty { items[at].action = other.action }
    if StatusCode.isVague(items[at].status), !other.status.isEmpty { items[at].status = other.status }
    if items[at].reply.isEmpty { items[at].reply = other.reply }
    if items[at].diagnostic.isEmpty { items[at].diagnostic = other.diagnostic }
    if items[at].remoteMTA.isEmpty { items[at].remoteMTA = other.remoteMTA }
    if items[at].reportingMTA.isEmpty { items[at].reportingMTA = other.reportingMTA }
  }

  private static func gravity(_ action: ByteSlice) -> Int {
    switch action.first {
    case 0x66: 4  // failed
    case 0x64: action == "delayed" ? 3 : 1
    case nil: 2
    default: 1
    }
  }
}
