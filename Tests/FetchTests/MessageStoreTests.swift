import ByteSlices
import Foundation
import Testing

@testable import Fetch

@Suite struct MessageStoreTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "returnmill-store-\(UUID().uuidString)")

  private func contents(_ box: String) throws -> [String: String] {
    let here = folder.appending(path: box)
    let names = try FileManager.default.contentsOfDirectory(atPath: here.path)
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try String(contentsOf: here.appending(path: $0), encoding: .utf8)) })
  }

  /// Wherever a piece ends, the line ends are the same.
  @Test func lineEndsAreThoseOfMaildirs() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = Array("a\r\n\r\nb\rc\r\r\nd\n\r".utf8)
    let store = try MessageStore(folder.path)
    for cut in 0...text.count {
      try store.begin()
      try Array(text[..<cut]).withByteSlice { try store.write($0) }
      try Array(text[cut...]).withByteSlice { try store.write($0) }
      try store.end(as: "\(cut)")
    }
    try store.commit()
    let files = try contents("new")
    #expect(files.count == text.count + 1)
    for (_, body) in files { #expect(Array(body.utf8) == Array("a\n\nb\rc\r\nd\n\r".utf8)) }
  }

  @Test func nothingAppearsBeforeItIsOnTheDisk() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var store = try MessageStore(folder.path)
    for index in 0..<20 {
      try store.begin()
      try "message \(index)\r\n".withByteSlice { try store.write($0) }
      try store.end(as: "7.\(index).imap")
    }
    try store.begin()
    #expect(try contents("new").isEmpty)
    #expect(store.pending == 20)
    #expect(store.pendingBytes == 20 * 10 + 10)
    try store.commit()
    #expect(try contents("new").count == 20)
    // A run that was killed: what it left in tmp goes, what is in new or was read stays.
    try FileManager.default.moveItem(
      at: folder.appending(path: "new/7.3.imap"), to: folder.appending(path: "cur/7.3.imap:2,S"))
    store = try MessageStore(folder.path)
    #expect(try contents("tmp").isEmpty)
    var names: Set<String> = []
    try store.forEachName { names.insert($0) }
    #expect(names.subtracting([".", ".."]) == Set((0..<20).map { "7.\($0).imap" }))
  }

  @Test func aLargeMessageIsWrittenInPieces() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try MessageStore(folder.path)
    let line = [UInt8](repeating: 0x78, count: 300_000)
    try store.begin()
    for _ in 0..<3 { try (line + [0x0D, 0x0A]).withByteSlice { try store.write($0) } }
    try store.end(as: "1")
    try store.commit()
    #expect(try contents("new")["1"]?.utf8.count == 900_003)
  }
}
