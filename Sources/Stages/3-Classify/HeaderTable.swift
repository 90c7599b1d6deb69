import ByteSlices

/// The headers that the rules ask for; no others need to be looked at.
struct HeaderTable: Sendable {
  /// What rules want of a header.
  enum Interest: Sendable {
    case none
    /// Only whether it is there.
    case presence
    case value
  }

  /// By the name's length.
  private let byLength: [[(name: [UInt8], interest: Interest)]]

  /// - Parameter headers: names in lower case, and whether the value matters.
  init(_ headers: [String: Bool]) {
    var table: [[(name: [UInt8], interest: Interest)]] = Array(repeating: [], count: 80)
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) where name.utf8.count < table.count {
      table[name.utf8.count].append((Array(name.utf8), value ? .value : .presence))
    }
    byLength = table
  }

  func interest(in name: ByteSlice) -> Interest {
    guard name.count < byLength.count else { return .none }
    for (candidate, interest) in byLength[name.count] {
      var i = 0
      while i < name.count, candidate[i] == name[i].asciiLowercased { i += 1 }
      if i == name.count { return interest }
    }
    return .none
  }
}
