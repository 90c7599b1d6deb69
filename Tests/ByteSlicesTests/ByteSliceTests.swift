import Testing

@testable import ByteSlices

@Suite struct ByteSliceTests {
  @Test func searchesFindTheFirstPlace() {
    let text = ByteSlice("From: a\nfrom: b\nFROM: c")
    #expect(text.firstIndex(of: 0x0A) == 7)
    #expect(text.lastIndex(of: 0x0A) == 15)
    #expect(text.firstIndex(of: "from") == 8)
    #expect(text.firstIndex(ofCaseless: "from", from: 1) == 8)
    #expect(text.firstIndex(ofCaseless: "from", from: 9) == 16)
    #expect(text.firstIndex(of: "nowhere") == nil)
    #expect(text.firstIndex(of: "from", from: 99) == nil)
    #expect(ByteSlice.empty.firstIndex(of: 0) == nil)
    #expect(ByteSlice.empty.lastIndex(of: 0) == nil)
  }

  @Test func slicesAreClamped() {
    let text = ByteSlice("abc")
    #expect(text.slice(-5, 99) == "abc")
    #expect(text.slice(2, 1).isEmpty)
    #expect(text.dropFirst(9).isEmpty)
    #expect(text.dropLast(1) == "ab")
    #expect(text.prefix(0).isEmpty)
  }

  @Test func caseIsFoldedForASCIIOnly() {
    #expect(ByteSlice("MAILER-daemon").equals(caseless: "mailer-DAEMON"))
    #expect(!ByteSlice("É").equals(caseless: "é"))
    #expect(ByteSlice("Content-Type: x").hasPrefix(caseless: "content-type:"))
    #expect(!ByteSlice("[").equals(caseless: "{"))
  }

  @Test func linesKeepALastOneWithoutItsEnd() {
    #expect(ByteSlice("a\n\nb").lines.map { String($0) } == ["a", "", "b"])
    #expect(ByteSlice("a\n").lines.map { String($0) } == ["a"])
    #expect(ByteSlice("").lines.map { String($0) } == [])
    #expect(ByteSlice("\n").lines.map { String($0) } == [""])
  }

  @Test func decimalsRefuseWhatIsNotANumber() {
    #expect(ByteSlice("0042").decimal == 42)
    #expect(ByteSlice("").decimal == nil)
    #expect(ByteSlice("4x").decimal == nil)
    #expect(ByteSlice("99999999999999999999").decimal == nil)
  }

  @Test func anArenaHandsOutMemoryUntilItIsReset() {
    let arena = Arena(blockSize: 64)
    let first = arena.copy(ByteSlice("first"))
    let large = arena.allocate(1000)
    large[999] = 7
    let joined = arena.concat(first, ByteSlice("-"), ByteSlice("second"))
    #expect(joined == "first-second")
    #expect(arena.lowercasedASCII(ByteSlice("ABC é")) == "abc é")
    arena.reset()
    #expect(arena.copy(ByteSlice("again")) == "again")
  }

  @Test func aBufferGrowsAndWritesNumbers() {
    let buffer = ByteBuffer(capacity: 1)
    for number in [0, 7, 10, -1, Int.max, Int.min] {
      buffer.append(decimal: number)
      buffer.append(" ")
    }
    #expect(buffer.slice == "0 7 10 -1 9223372036854775807 -9223372036854775808 ")
    buffer.truncate(to: 2)
    #expect(buffer.slice == "0 ")
  }
}
