import ByteSlices

/// The headers that the rules ask for; no others need to be looked at.
struct HeaderTable: Sendable {
  /// By the name's length.
  private let byLength: [[[UInt8]]]

  /// - Parameter names: in lower case.
  init(_ names: Set<String>) {
    var table: [[[UInt8]]] = Array(repeating: [], count: 80)
    for name in names.sorted() where name.utf8.count < table.count { table[name.utf8.count].append(Array(name.utf8)) }
    byLength = table
  }

  func contains(_ name: ByteSlice) -> Bool {
    guard name.count < byLength.count else { return false }
    for candidate in byLength[name.count] {
      var i = 0
      while i < name.count, candidate[i] == name[i].asciiLowercased { i += 1 }
      if i == name.count { return true }
    }
    return false
  }
}
