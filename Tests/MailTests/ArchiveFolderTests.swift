import ByteSlices
import Foundation
import Records
import Testing

@testable import Mail

@Suite struct ArchiveFolderTests {
  private let folder = TemporaryFolder()
  private let one = sample("one", "First.")
  private let two = sample("two", "Second.")

  private func names(_ found: [Found], under root: String) -> [String] {
    found.map { String($0.path.dropFirst(root.count + 1)) }
  }

  @Test func maildir() throws {
    let root = folder.path + "/md"
    try folder.write("md/cur/3.host:2,FS", one)
    try folder.write("md/cur/1.host,S=12:2,", one)
    try folder.write("md/new/2.host", two)
    try folder.write("md/tmp/4.host", two)
    try folder.write("md/cur/.hidden", two)
    try folder.write("md/dovecot-uidlist", "3 V1 N2\n")
    try folder.write("md/maildirsize", "1000S\n")
    try folder.write("md/.Sub.Folder/cur/5.host:2,", one)
    try folder.write("md/.Sub.Folder/new/.keep", "")
    try folder.write("md/plain/new/6.host", one)
    try folder.write("md/plain/cur/dovecot.index.log", "x")
    let found = try readAll(root)
    #expect(
      names(found.mail, under: root) == [
        "cur/1.host,S=12:2,", "new/2.host", "cur/3.host:2,FS", ".Sub.Folder/cur/5.host:2,", "plain/new/6.host",
      ])
    #expect(found.mail.allSatisfy { $0.format == .maildir })
    #expect(found.problems == [])
  }

  @Test func maildirBaseNames() {
    for (name, base) in [
      ("1.host:2,S", "1.host"), ("1.host", "1.host"), ("1.host:2,", "1.host"), ("1.ho:st:2,RS", "1.ho:st"),
      ("1.host;2,S", "1.host"), ("1.host!2,", "1.host"), ("1.host:1,x", "1.host"), ("1.host:", "1.host"),
      (":2,S", ":2,S"),
      ("1,S=5,W=6:2,ab", "1,S=5,W=6"),
    ] {
      name.withByteSlice { #expect(String(MaildirName.base($0)) == base) }
    }
  }

  @Test func mixedFolder() throws {
    let root = folder.path + "/mix"
    try folder.write("mix/a.eml", one)
    try folder.write("mix/b", "\(separatorLine)\n\(one)\n\(separatorLine)\n\(two)\n")
    try folder.write("mix/c.gz", gzipped(two))
    try folder.write("mix/d/1", two)
    try folder.write("mix/e/cur/1:2,", one)
    try folder.write("mix/e/new/2", one)
    try folder.write("mix/f.txt", "Shopping: eggs\nNothing here is mail.\n")
    try folder.write("mix/g.csv", "path,recipient\na,b\n")
    try folder.write("mix/h", "")
    try folder.write("mix/i.eml", "no header at all")
    try folder.write("mix/j.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 1, 2])
    try folder.write("mix/.git/config", one)
    try folder.write("mix/k.mbox.msf", one)
    let found = try readAll(root)
    #expect(
      names(found.mail, under: root) == ["a.eml", "b", "b", "c.gz", "d/1", "e/cur/1:2,", "e/new/2", "i.eml"])
    #expect(
      found.problems.map { $0.contains("f.txt") || $0.contains("g.csv") || $0.contains("j.xz") } == [true, true, true])
  }

  @Test func namedFilesAlwaysYieldAMessage() throws {
    for (name, bytes) in [
      ("empty", []), ("text", Array("just words".utf8)), ("binary", [0, 1, 2, 255]), ("empty.gz", gzipped("")),
      ("broken.gz", [0x1F, 0x8B, 8, 0]), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]),
    ] as [(String, [UInt8])] {
      #expect(try readAll(folder.write(name, bytes)).mail.count == 1, "\(name)")
    }
    let missing = #expect(throws: ArchiveError.self) { try readAll(folder.path + "/none") }
    #expect(missing?.kind == .missing)
  }

  @Test func loopsAndLinks() throws {
    let root = folder.path + "/loop"
    try folder.write("loop/a/1.eml", one)
    try FileManager.default.createSymbolicLink(atPath: root + "/a/back", withDestinationPath: root)
    try FileManager.default.createSymbolicLink(atPath: root + "/b", withDestinationPath: root + "/a")
    try FileManager.default.createSymbolicLink(atPath: root + "/c", withDestinationPath: "/nonexistent")
    try FileManager.default.createSymbolicLink(atPath: root + "/d", withDestinationPath: root + "/a/1.eml")
    #expect(names(try readAll(root).mail, under: root) == ["a/1.eml", "d"])
  }

  @Test func gzipOddities() throws {
    let mbox = "\(separatorLine)\n\(one)\n\(separatorLine)\n\(two)\n"
    let half = mbox.utf8.count / 2
    let members = gzipped(Array(mbox.utf8.prefix(half))) + gzipped(Array(mbox.utf8.dropFirst(half)))
    #expect(try readAll(folder.write("members.gz", members)).mail.map(\.text) == [one, two])
    #expect(try readAll(folder.write("padded.gz", members + [0, 0, 0, 0])).problems == [])
    let garbage = try readAll(folder.write("garbage.gz", members + Array("garbage".utf8)))
    #expect(garbage.mail.map(\.text) == [one, two])
    #expect(garbage.mail.allSatisfy { $0.damage == nil })
    #expect(garbage.problems.count == 1)
    #expect(try readAll(folder.write("twice.gz.gz", gzipped(members))).mail.map(\.text) == [one, two])

    // Cut anywhere, what came before is read, and the last message is marked.
    var long = ""
    for i in 0..<300 { long += "\(separatorLine)\n\(sample("n\(i)", UUID().uuidString))\n" }
    let whole = gzipped(long)
    for cut in [20, whole.count / 3, whole.count / 2, whole.count - 9, whole.count - 3] {
      let found = try readAll(folder.write("cut.gz", Array(whole.prefix(cut)))).mail
      #expect(!found.isEmpty)
      #expect(found.last?.damage != nil)
      #expect(found.dropLast().allSatisfy { $0.damage == nil })
    }
    var flipped = whole
    flipped[whole.count / 2] ^= 0x55
    #expect(try readAll(folder.write("flip.gz", flipped)).problems.count == 1)
  }

  @Test func everyTruncationOfAnMboxIsRead() throws {
    let text = Array("\(separatorLine)\n\(one)\n\(separatorLine)\n\(two)\n".utf8)
    for length in 0...text.count {
      let found = try readAll(folder.write("t", Array(text.prefix(length)))).mail
      #expect(found.count == 1 || found.count == 2)
    }
  }
}
