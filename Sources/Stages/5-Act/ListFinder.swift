import ByteSlices
import GRDB
import Store

/// Tells which list a message is about: by the return address that it came back to.
final class ListFinder {
  private let masks: [(list: Int, mask: [UInt8])]
  /// By index.
  let names: [String]
  private let address: BulkStatement
  private var known: [ByteSlice: Int?] = [:]
  private let arena = Arena(blockSize: 16 << 10)

  /// - Parameter lists: masks of return addresses by list, see `Policy.lists`.
  init(_ db: Database, _ lists: [String: [String]]) throws {
    names = lists.keys.sorted()
    masks = names.enumerated().flatMap { index, name in
      (lists[name] ?? []).map { (index, Array($0.asciiLowercased.utf8)) }
    }
    address = try BulkStatement(db, "SELECT to_address FROM messages WHERE key = ?")
  }

  /// The list of a message, as an index; nil when no mask fits.
  func list(ofMessage key: Int) throws -> Int? {
    address.bind(0, key)
    guard try address.step() else { return nil }
    defer { address.reset() }
    let to = address.bytes(0)
    if let list = known[to] { return list }
    // VERP makes every address another; what is remembered stays small.
    if known.count >= 4096 {
      known.removeAll(keepingCapacity: true)
      arena.reset()
    }
    let copy = arena.copy(to)
    let lower = arena.lowercasedASCII(copy)
    let list = masks.first { $0.mask.withByteSlice { ListFinder.fits(lower, $0) } }?.list
    known[copy] = .some(list)
    return list
  }

  /// Whether an address fits a mask, whose `*` stand for any run of bytes. Linear in their lengths' product at worst.
  static func fits(_ text: ByteSlice, _ mask: ByteSlice) -> Bool {
    var (at, place) = (0, 0)
    var star: (mask: Int, text: Int)?
    while at < text.count {
      if place < mask.count, mask[place] == 0x2A {
        star = (place, at)
        place += 1
      } else if place < mask.count, mask[place] == text[at] {
        at += 1
        place += 1
      } else if let last = star {
        at = last.text + 1
        place = last.mask + 1
        star = (last.mask, at)
      } else {
        return false
      }
    }
    while place < mask.count, mask[place] == 0x2A { place += 1 }
    return place == mask.count
  }
}
