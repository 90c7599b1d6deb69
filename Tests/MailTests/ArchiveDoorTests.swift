import ByteSlices
import Foundation
import Records
import Testing

@testable import Mail

@Suite struct ArchiveDoorTests {
  private let folder = TemporaryFolder()
  private let one = sample("one", "First.", ">From quoted")
  private let two = sample("two", "Second.")

  private func fetch(_ found: Found, _ door: MessageDoor) throws -> String {
    let arena = Arena()
    return try found.path.withByteSlice { path in
      String(
        try door.bytes(
          of: MessageSource(path: path, format: found.format, offset: found.offset, length: found.length), id: found.id,
          arena: arena))
    }
  }

  @Test func everyFormat() throws {
    var text = ""
    for i in 0..<2_000 { text += "\(separatorLine)\r\n\(sample("n\(i)", String(repeating: "y", count: i)))\r\n" }
    try folder.write("all/a.mbox", text)
    try folder.write("all/b.eml", one.replacingOccurrences(of: "\n", with: "\r\n"))
    try folder.write("all/c/cur/1.h:2,", two)
    try folder.write("all/c/new/2.h", one)
    let found = try readAll(folder.path + "/all").mail
    #expect(found.count == 2_003)
    let door = MessageDoor()
    for message in found { #expect(try fetch(message, door) == message.text) }
    for message in found.reversed() { #expect(try fetch(message, door) == message.text) }
  }

  @Test func renamedMaildirFiles() throws {
    for i in 0..<20 { try folder.write("md/new/\(i).h", sample("n\(i)")) }
    try folder.write("md/cur/x.h:2,", one)
    let found = try readAll(folder.path + "/md").mail
    for i in 0..<10 { try folder.move("md/new/\(i).h", to: "md/cur/\(i).h:2,S") }
    let door = MessageDoor()
    for message in found { #expect(try fetch(message, door) == message.text) }
    // Moved again while the door is open.
    try folder.move("md/cur/3.h:2,S", to: "md/cur/3.h:2,FS")
    for message in found { #expect(try fetch(message, door) == message.text) }
    try FileManager.default.removeItem(atPath: folder.path + "/md/cur/3.h:2,FS")
    let gone = try #require(found.first { $0.path.hasSuffix("/3.h") })
    let error = #expect(throws: ArchiveError.self) { try fetch(gone, door) }
    #expect(error?.kind == .missing)
    #expect(error?.description.contains("new/3.h") == true)
  }

  @Test func changesAreNoticed() throws {
    let path = try folder.write("box", "\(separatorLine)\n\(one)\n\(separatorLine)\n\(two)\n")
    let found = try readAll(path).mail
    try folder.write("box", "\(separatorLine)\n\(two)\n\(separatorLine)\n\(one)\n")
    let changed = #expect(throws: ArchiveError.self) { try fetch(found[1], MessageDoor()) }
    #expect(changed?.kind == .changed)
    #expect(changed?.offset == found[1].offset)
    try folder.write("box", "\(separatorLine)\n")
    let shrunk = #expect(throws: ArchiveError.self) { try fetch(found[1], MessageDoor()) }
    #expect(shrunk?.kind == .changed)
    try FileManager.default.removeItem(atPath: path)
    let missing = #expect(throws: ArchiveError.self) { try fetch(found[1], MessageDoor()) }
    #expect(missing?.kind == .missing)
    var absurd = found[1]
    absurd.offset = .max
    absurd.length = .max
    #expect(throws: ArchiveError.self) { try fetch(absurd, MessageDoor()) }
  }
}
