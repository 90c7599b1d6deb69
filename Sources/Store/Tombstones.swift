import ByteSlices
import Crypto
import Foundation
import GRDB

/// The addresses that were erased on request: known again, but not readable.
///
/// Each is kept as its HMAC-SHA256 under a key of this database, and as a SipHash under the first half of that key,
/// which rules nearly all other addresses out in a few nanoseconds. Whoever holds the database can try out an address
/// that he knows; he can't list them.
public final class Tombstones {
  private let key: SymmetricKey
  private let halves: (UInt64, UInt64)
  private let hashes: Set<[UInt8]>
  private let quick: Set<UInt64>

  private init(_ key: SymmetricKey, hashes: Set<[UInt8]>, quick: Set<UInt64>) {
    self.key = key
    self.hashes = hashes
    self.quick = quick
    halves = Tombstones.halves(key)
  }

  /// All of them; nil when nobody was erased.
  public static func load(_ db: Database) throws -> Tombstones? {
    let rows = try Row.fetchAll(db, sql: "SELECT hash, quick FROM tombstones")
    guard !rows.isEmpty, let key = try key(db) else { return nil }
    return Tombstones(
      key, hashes: Set(rows.map { [UInt8]($0[0] as Data) }), quick: Set(rows.map { UInt64(bitPattern: $0[1]) }))
  }

  /// Whether an address, in any case, was erased.
  public func contains(_ address: ByteSlice) -> Bool {
    if address.isEmpty { return false }
    return Tombstones.withKey(address) { address in
      quick.contains(StableID.hash(address, halves.0, halves.1)) && hashes.contains(Tombstones.hash(address, key))
    }
  }

  /// When an address was erased, in seconds since 1970; nil when it was not.
  public static func date(of address: String, _ db: Database) throws -> Int? {
    guard let key = try key(db) else { return nil }
    return try Int.fetchOne(
      db, sql: "SELECT at FROM tombstones WHERE hash = ?", arguments: [Data(address.withByteSlice { hash($0, key) })])
  }

  /// Notes that an address was erased. False when it was before.
  @discardableResult public static func add(_ address: String, at: Int, _ db: Database) throws -> Bool {
    let key = try key(db) ?? newKey(db)
    let halves = halves(key)
    let hash = address.withByteSlice { self.hash($0, key) }
    let quick = address.withByteSlice { withKey($0) { StableID.hash($0, halves.0, halves.1) } }
    try db.execute(
      sql: "INSERT INTO tombstones (hash, quick, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      arguments: [Data(hash), Int64(bitPattern: quick), at])
    return db.changesCount > 0
  }

  /// Takes a tombstone away: the address may come in again. False when there was none.
  public static func remove(_ address: String, _ db: Database) throws -> Bool {
    guard let key = try key(db) else { return false }
    try db.execute(
      sql: "DELETE FROM tombstones WHERE hash = ?", arguments: [Data(address.withByteSlice { hash($0, key) })])
    return db.changesCount > 0
  }

  // MARK: hashes

  /// Lends an address in lower case, as addresses are compared.
  private static func withKey<Value>(_ address: ByteSlice, _ body: (ByteSlice) -> Value) -> Value {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(address.count, 1)) { lower in
      for index in 0..<address.count { lower[index] = address[index].asciiLowercased }
      return body(ByteSlice(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(lower)[..<address.count])))
    }
  }

  private static func hash(_ address: ByteSlice, _ key: SymmetricKey) -> [UInt8] {
    withKey(address) { lower in
      var mac = HMAC<SHA256>(key: key)
      mac.update(data: lower.raw)
      return Array(mac.finalize())
    }
  }

  private static func halves(_ key: SymmetricKey) -> (UInt64, UInt64) {
    key.withUnsafeBytes {
      ($0.loadUnaligned(fromByteOffset: 0, as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
  }

  private static func key(_ db: Database) throws -> SymmetricKey? {
    let text = try String.fetchOne(db, sql: "SELECT value FROM settings WHERE name = 'tombstone_key'")
    guard let text, text.utf8.count == 64 else { return nil }
    let digits = text.utf8.map { UInt8($0.hexDigitValue ?? 0) }
    return SymmetricKey(data: stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
  }

  private static func newKey(_ db: Database) throws -> SymmetricKey {
    let key = SymmetricKey(size: .bits256)
    let text = key.withUnsafeBytes { bytes in
      bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    try db.execute(sql: "INSERT INTO settings (name, value) VALUES ('tombstone_key', ?)", arguments: [text])
    return key
  }
}

extension UInt8 {
  /// The value of a hexadecimal digit in ASCII.
  fileprivate var hexDigitValue: Int? { Character(UnicodeScalar(self)).hexDigitValue }
}
