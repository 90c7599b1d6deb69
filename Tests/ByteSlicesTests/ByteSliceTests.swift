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

  /// Short and long haystacks, with the needle at every place, near misses beside it, and both ends.
  @Test func searchesFindWhatASlowSearchFinds() {
    var random = SplitMix(state: 7)
    let letters: StaticString = "abAB\n"
    let small: StaticString = "ab\n"
    for round in 0..<4000 {
      let haystack = (0..<Int(random.next() % 70)).map { _ in letters[random.next()] }
      let needle = (0..<Int(1 + random.next() % 5)).map { _ in small[random.next()] }
      let from = haystack.isEmpty ? 0 : Int(random.next() % UInt64(haystack.count + 1))
      func slow(_ equal: (UInt8, UInt8) -> Bool) -> Int? {
        guard haystack.count - from >= needle.count else { return nil }
        return (from...(haystack.count - needle.count)).first { at in
          needle.indices.allSatisfy { equal(haystack[at + $0], needle[$0]) }
        }
      }
      haystack.withByteSlice { whole in
        needle.withByteSlice { #expect(whole.firstIndex(of: $0, from: from) == slow(==), "round \(round)") }
      }
    }
    let text = Array("xx Content-LENGTH: 5\r\n[@".utf8)
    text.withByteSlice { text in
      #expect(text.firstIndex(ofCaseless: "content-length:") == 3)
      #expect(text.firstIndex(ofCaseless: "h: 5") == 16)
      #expect(text.firstIndex(ofCaseless: "{`") == nil, "case is a letter's affair")
      #expect(text.firstIndex(ofCaseless: "[@") == 22 && text.firstIndex(ofCaseless: "x", from: 2) == nil)
    }
  }

  private struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
  }
}

extension StaticString {
  fileprivate subscript(place: UInt64) -> UInt8 { utf8Start[Int(place % UInt64(utf8CodeUnitCount))] }
}
