import ByteSlices

/// What is configured for an event's category and reason, looked up once for each pair that occurs.
final class EventRoutes<Value> {
  private let find: (_ category: String, _ reason: String) -> Value
  private var known: [ByteSlice: Value] = [:]
  private let names = Arena(blockSize: 4 << 10)
  private let name = ByteBuffer(capacity: 256)

  init(_ find: @escaping (_ category: String, _ reason: String) -> Value) { self.find = find }

  /// The value for a pair.
  func value(_ category: ByteSlice, _ reason: ByteSlice) -> Value {
    name.removeAll()
    name.append(category)
    name.append(0)
    name.append(reason)
    if let value = known[name.slice] { return value }
    let value = find(String(category), String(reason))
    known[names.copy(name.slice)] = value
    return value
  }
}
