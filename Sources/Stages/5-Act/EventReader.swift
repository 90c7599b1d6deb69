import ByteSlices
import GRDB
import Store

/// Turns rows of `events` into what standing goes by. `Policy.countsEvent` has chosen the rows.
final class EventReader {
  /// The columns that a row begins with.
  static let columns = "key, time, category, reason"

  let roles: EventRoutes<EventRole>
  private let lists: ListFinder?

  init(_ db: Database, _ policy: Policy) throws {
    roles = EventRole.table(of: policy)
    lists = try policy.usesLists ? ListFinder(db, policy.lists) : nil
  }

  /// The names of the lists that events were found to be about, by the index that they have in `Standing.Event`.
  var listNames: [String] { lists?.names ?? [] }

  /// The event at which a statement stands; nil when it does nothing to a standing.
  func event(_ row: BulkStatement) throws -> Standing.Event? { try fact(row)?.event }

  /// The event at which a statement stands, and its role; nil when it does nothing to a standing.
  func fact(_ row: BulkStatement) throws -> (event: Standing.Event, role: EventRole)? {
    let role = roles.value(row.bytes(2), row.bytes(3))
    guard role.matters else { return nil }
    let key = row.int(0)
    var event = Standing.Event(
      key: key, time: row.intOrNil(1), entry: role.index, suppression: role.suppression, isRedirect: role.isRedirect)
    if role.entry.scope == .list, role.suppression != .never {
      event.list = try lists?.list(ofMessage: key >> Schema.ordinalBits)
    }
    return (event, role)
  }

  /// The delivery or answer at which a statement stands; nil when it is none, or has no time.
  func lifeSign(_ row: BulkStatement) -> Standing.Event? {
    guard let time = row.intOrNil(1), roles.value(row.bytes(2), row.bytes(3)).showsLife else { return nil }
    return Standing.Event(key: row.int(0), time: time, entry: -1, suppression: .never, showsLife: true)
  }
}
