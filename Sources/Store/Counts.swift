import ByteSlices
import GRDB

extension Store {
  /// How often each value of a column of text occurs, where there are few of them. Counted as the rows are read:
  /// `GROUP BY` sorts all rows first, and takes four times as long.
  public static func counts(_ db: Database, of column: String, in table: String) throws -> [String: Int] {
    let rows = try BulkStatement(db, "SELECT \(column) FROM \(table)")
    let names = Arena(blockSize: 4 << 10)
    var counts: [ByteSlice: Int] = [:]
    while try rows.step() {
      let name = rows.bytes(0)
      if let place = counts.index(forKey: name) { counts.values[place] += 1 } else { counts[names.copy(name)] = 1 }
    }
    return Dictionary(counts.map { (String($0.key), $0.value) }, uniquingKeysWith: +)
  }
}
