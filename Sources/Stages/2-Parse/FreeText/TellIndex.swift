/// All tells that every message is asked for, by the signs that they begin with. A message asks those alone of which the
/// first sign may stand in it: two or three, of some two hundred.
struct TellIndex: Sendable {
  /// The places of tells that belong together, one after the other.
  typealias List = Range<Int>

  let tells: [Tell]
  let dialects: List
  /// Of each of the dialects' tells, the place of its dialect, and the dialect's other tells.
  private let dialectOfTell: [Int]
  private let tellsOfDialect: [List]
  let null: List
  let machine: List
  let failure: List
  let never: List
  /// For each sign a set of tells, as bits.
  private let beginning: [UInt64]
  /// How many words such a set has.
  let width: Int

  /// - Parameter signs: how many signs there are.
  init(_ dialects: [Dialect], _ common: CommonSigns, signs: Int) {
    var tells: [Tell] = []
    func append(_ list: [Tell]) -> List {
      tells += list
      return tells.count - list.count..<tells.count
    }
    tellsOfDialect = dialects.map { append($0.tells) }
    self.dialects = 0..<tells.count
    dialectOfTell = tellsOfDialect.enumerated().flatMap { dialect, list in list.map { _ in dialect } }
    null = append(common.null)
    machine = append(common.machine)
    failure = append(common.failure)
    never = append(common.never)
    let width = tells.count / 64 + 1
    var beginning = [UInt64](repeating: 0, count: signs * width)
    for (place, tell) in tells.enumerated() {
      // One without signs never holds.
      for sign in tell.anyOf.first ?? [] { beginning[sign * width + place >> 6] |= 1 << UInt64(place & 63) }
    }
    self.tells = tells
    self.beginning = beginning
    self.width = width
  }

  /// Adds the tells that begin with a sign to a set of `width` words.
  func add(beginningWith sign: Int, to set: inout [UInt64]) {
    for word in 0..<width { set[word] |= beginning[sign * width + word] }
  }

  /// The dialect that one of `dialects` tells, by its place, and the tells of those after it.
  func dialect(toldBy tell: Int) -> (place: Int, later: List) {
    let place = dialectOfTell[tell]
    return (place, tellsOfDialect[place].upperBound..<dialects.upperBound)
  }
}
