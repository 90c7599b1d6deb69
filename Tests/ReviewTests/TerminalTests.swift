import Testing

@testable import Review

@Suite struct TerminalTests {
  private func lines(_ paragraph: Paragraph, _ width: Int) -> [String] {
    paragraph.lines(width: width, on: Terminal(width: 80))
  }

  @Test func wordsAreKeptWholeAndLinesAreNoWider() {
    let text = "the quick brown fox jumps over the lazy dog"
    let broken = lines(Paragraph(text), 12)
    #expect(broken.joined(separator: " ") == text)
    #expect(broken.allSatisfy { $0.count <= 12 })
  }

  @Test func aWordThatIsTooLongIsBroken() {
    #expect(lines(Paragraph("abcdefghij xy"), 4) == ["abcd", "efgh", "ij", "xy"])
  }

  @Test func wideCharactersTakeTwoColumns() {
    #expect(lines(Paragraph("邮箱已满"), 4) == ["邮箱", "已满"])
    #expect(Terminal.columns("e\u{301}") == 1)
  }

  @Test func marksStandInQuotesWithoutColour() {
    let text = "550 no such user here"
    let paragraph = Paragraph(text, marks: [4..<16, 7..<11], limit: 100)
    #expect(lines(paragraph, 60) == ["550 «no such user» here"])
    let colored = paragraph.lines(width: 60, on: Terminal(isColored: true))
    #expect(colored == ["550 \u{1B}[1;33mno such user\u{1B}[0m here"])
  }

  @Test func aLongTextIsCutAroundItsMarks() {
    let text = String(repeating: "word ", count: 100) + "quota exceeded" + String(repeating: " word", count: 100)
    let shown = lines(Paragraph(text, marks: [500..<514], limit: 80), 200).joined()
    #expect(shown.contains("«quota exceeded»") && shown.hasPrefix("…") && shown.hasSuffix("…"))
    #expect(shown.count < 160)
  }

  @Test func marksThatAreOutOfRangeAreLeftOut() {
    #expect(lines(Paragraph("abc", marks: [2..<9], limit: 10), 20) == ["abc"])
  }

  /// Anybody can send anything: a message must not be able to paint the terminal.
  @Test func whatWouldMoveTheCursorIsShownAsADot() {
    #expect(Terminal.safe("a\u{1B}[31mb\u{202E}c\u{7F}\td\n e") == "a·[31mb·c· d e")
  }
}
