import ByteSlices
import GRDB

/// How often each of some texts occurs, where few differ: a String is made of each only once, at the end.
public struct TextCounts {
  private var counts: [ByteSlice: Int] = [:]
  private let texts = Arena(blockSize: 4 << 10)

  public init() {}

  public mutating func add(_ text: ByteSlice) {
    if let place = counts.index(forKey: text) { counts.values[place] += 1 } else { counts[texts.copy(text)] = 1 }
  }

  /// Texts that are no UTF-8 and look the same are counted together.
  public var byText: [String: Int] { Dictionary(counts.map { (String($0.key), $0.value) }, uniquingKeysWith: +) }
}

extension Store {
  /// How often each value of a column of text occurs, where there are few of them. Counted as the rows are read:
  /// `GROUP BY` sorts all rows first, and takes four times as long.
  public static func counts(_ db: Database, of column: String, in table: String) throws -> [String: Int] {
    let rows = try BulkStatement(db, "SELECT \(column) FROM \(table)")
    var counts = TextCounts()
    while try rows.step() { counts.add(rows.bytes(0)) }
    return counts.byText
  }
}
