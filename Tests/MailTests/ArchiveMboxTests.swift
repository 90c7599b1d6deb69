import ByteSlices
import Foundation
import Records
import Testing

@testable import Mail

@Suite struct ArchiveMboxTests {
  private let folder = TemporaryFolder()
  private let one = sample("one", "First.")
  private let two = sample("two", "Second.", "", "With two paragraphs.")

  private func texts(_ text: String, _ name: String = "box") throws -> [String] {
    try readAll(try folder.write(name, text)).mail.map(\.text)
  }

  @Test func plain() throws {
    let found = try readAll(folder.write("box", "\(separatorLine)\n\(one)\n\(separatorLine)\n\(two)\n")).mail
    #expect(found.map(\.text) == [one, two])
    #expect(found.map(\.format) == [.mbox, .mbox])
    #expect(found[0].offset == separatorLine.utf8.count + 1)
    #expect(found[0].length == one.utf8.count + 1)
    #expect(found[0].received == 1_696_238_100)
  }

  @Test func lineEndsAndLooseEnds() throws {
    let text = "\(separatorLine)\n\(one)\n\(separatorLine)\n\(two)\n"
    let crlf = text.replacingOccurrences(of: "\n", with: "\r\n")
    #expect(try texts(crlf) == [one, two])
    #expect(try texts(text.replacingOccurrences(of: "\n", with: "\r\r\n")) == [one, two])
    #expect(try texts(text.replacingOccurrences(of: "\n", with: "\r")) == [one, two])
    #expect(try texts(String(text.dropLast())) == [one, two])
    #expect(try texts(String(text.dropLast(2))) == [one, two])
    #expect(try texts("\n\n" + text) == [one, two])
    #expect(try texts("\(separatorLine)\n\(one)\(separatorLine)\n\(two)") == [one, two])
    #expect(try texts(separatorLine) == [""])
    #expect(try texts("\(separatorLine)\n\n\(separatorLine)\n\(two)\n") == ["", two])
    #expect(try texts("\(separatorLine)\n\(separatorLine)\n\(two)\n") == ["", two])
  }

  @Test func bodyLinesThatLookLikeSeparators() throws {
    let tricky = sample(
      "tricky", "From me to you", "", "From me to you", "", "From Mon to Fri 09:15 2023 we are closed", "",
      "text", separatorLine, "and no field follows")
    #expect(try texts("\(separatorLine)\n\(tricky)\n\(separatorLine)\n\(one)\n") == [tricky, one])
    // Without a blank line, a date without seconds is not enough.
    let loose = sample("loose", "text", "From a@example.com Mon Oct  2 09:15 2023", "Subject: no")
    #expect(try texts("\(separatorLine)\n\(loose)\n\(separatorLine)\n\(one)\n") == [loose, one])
  }

  @Test func quoting() throws {
    let original = sample("quoted", "From here on", ">From there", ">>From yonder", "> From quoted", "so >From not")
    let mboxrd = original.replacing("\nFrom ", "\n>From ", "\n>From ", "\n>>From ", "\n>>From ", "\n>>>From ")
    #expect(try texts("\(separatorLine)\n\(mboxrd)\n\(separatorLine)\n\(one)\n") == [original, one])
    #expect(
      try texts("\(separatorLine)\n\(mboxrd)\n\(separatorLine)\n\(one)\n".replacingOccurrences(of: "\n", with: "\r\n"))
        == [original, one])
  }

  @Test func contentLength() throws {
    let body = "Hello\n\n\(separatorLine)\nSubject: inside\n\n>From here\n\nFrom there\n"
    func message(_ length: Int) -> String { "From: a@example.com\nContent-Length: \(length)\n\n\(body)" }
    let right = message(body.utf8.count)
    // mboxcl2: the promise holds, and the next message makes one, too: nothing is split, nothing unquoted.
    #expect(try texts("\(separatorLine)\n\(right)\n\(separatorLine)\n\(right)\n") == [right, right])
    #expect(
      try texts("\(separatorLine)\n\(right)\n\(separatorLine)\n\(right)\n".replacingOccurrences(of: "\n", with: "\r\n"))
        .count == 4, "counted with LF, the promise is wrong for CRLF")
    // A stranger's header in an mbox of another kind swallows nothing.
    #expect(try texts("\(separatorLine)\n\(right)\n\(separatorLine)\n\(one)\n").count == 3)
    for lie in [0, 7, 5_000, 99_999_999_999] {
      #expect(try texts("\(separatorLine)\n\(message(lie))\n\(separatorLine)\n\(right)\n").count == 3)
    }
    // mboxcl: quoted and counted.
    let quoted = "a\n\n>From here\n"
    let mboxcl = "From: a@example.com\nContent-Length: \(quoted.utf8.count)\n\n"
    #expect(
      try texts("\(separatorLine)\n\(mboxcl)\(quoted)\n\(separatorLine)\n\(one)\n")[0] == mboxcl + "a\n\nFrom here\n")
  }

  @Test func longArchiveAcrossWindows() throws {
    var text = ""
    var expected: [String] = []
    for i in 0..<4_000 {
      let message = sample(
        "number \(i)", String(repeating: "x", count: (i * 37) % 2_000), "From \(i) to you", "", "end")
      expected.append(message)
      text += "\(separatorLine)\n\(message)\n"
    }
    let found = try readAll(folder.write("box", text)).mail
    #expect(found.map(\.text) == expected)
    // Offsets lead back to the bytes.
    let bytes = Array(text.utf8)
    let last = try #require(found.last)
    let raw = bytes[last.offset..<last.offset + last.length]
    #expect(String(decoding: raw, as: UTF8.self) == (expected.last ?? "") + "\n")
  }

  @Test func outsizeMessages() throws {
    let big = sample("big", String(repeating: "0123456789 ", count: 200_000))
    let text = "\(separatorLine)\n\(one)\n\(separatorLine)\n\(big)\n\(separatorLine)\n\(two)\n"
    for (name, bytes) in [("box", Array(text.utf8)), ("box.gz", gzipped(text))] {
      let found = try readAll(folder.write(name, bytes), limit: 1 << 20).mail
      #expect(found.count == 3)
      #expect(found.map { $0.damage != nil } == [false, true, false])
      #expect(found[1].text.utf8.count == (1 << 20) + 1, "cut at the limit, and a last line end")
      #expect(found[1].length == big.utf8.count + 1)
      #expect(found[2].text == two)
    }
    let last = try readAll(folder.write("box", "\(separatorLine)\n\(big)"), limit: 1000).mail
    #expect(last.count == 1 && last[0].length == big.utf8.count)
  }

  /// Bytes that come a few at a time.
  private final class Trickle: ArchiveBytes {
    private var rest: ArraySlice<UInt8>
    private let step: Int

    init(_ bytes: [UInt8], step: Int) {
      rest = bytes[...]
      self.step = step
    }

    func next(into place: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
      let got = min(step, rest.count, count)
      for (at, byte) in rest.prefix(got).enumerated() { place[at] = byte }
      rest = rest.dropFirst(got)
      return got
    }
  }

  /// Found by the fuzzer: where a read ended just past the limit, with half a separator in sight, the next message was
  /// taken for a part of the one before.
  @Test(arguments: ["\n", "\r\n", "\r"])
  func aMessageOfAboutTheLimitSwallowsNothing(_ lineEnd: String) throws {
    for length in 85...115 {
      let body = "Subject: x\n\n" + String(repeating: "y", count: length - 14) + "\n\n"
      let text = "\(separatorLine)\n\(body)From b Tue Oct  3 09:15 2023\n\(two)"
        .replacingOccurrences(of: "\n", with: lineEnd)
      for step in [1, 2, 3, 5, 7, 1000] {
        let window = ArchiveWindow(Trickle(Array(text.utf8), step: step))
        let newline: UInt8 = lineEnd == "\r" ? 0x0D : 0x0A
        let splitter = try MboxSplitter(window, newline: newline, limit: 100)
        var lengths: [Int] = []
        while let piece = try splitter.next() { lengths.append(piece.length) }
        #expect(lengths.count == 2, "a message of \(length) bytes, read \(step) at a time")
      }
    }
  }
}

extension String {
  /// Replaces pairwise: the odd arguments by the even ones, each only where no earlier one was.
  fileprivate func replacing(_ pairs: String...) -> String {
    components(separatedBy: "\n").map { line in
      for i in stride(from: 0, to: pairs.count, by: 2) where ("\n" + line).hasPrefix(pairs[i]) {
        return String(pairs[i + 1].dropFirst()) + line.dropFirst(pairs[i].count - 1)
      }
      return line
    }.joined(separator: "\n")
  }
}
