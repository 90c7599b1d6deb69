/// Lines for a person, put together: labels at the left, paragraphs beside them.
struct Sheet {
  let terminal: Terminal
  private(set) var text = ""

  init(_ terminal: Terminal) { self.terminal = terminal }

  /// One paragraph over the whole width.
  mutating func line(_ paragraph: Paragraph = Paragraph(), indent: Int = 0) {
    let lines = paragraph.lines(width: terminal.width - indent, on: terminal)
    for line in lines { text += String(repeating: " ", count: indent) + line + "\n" }
    if lines.isEmpty { text += "\n" }
  }

  /// A label, and a paragraph beside it.
  mutating func entry(_ label: String, _ paragraph: Paragraph, indent: Int = 2, column: Int = 13) {
    let lines = paragraph.lines(width: terminal.width - column, on: terminal)
    for (index, line) in (lines.isEmpty ? [""] : lines).enumerated() {
      if index == 0 {
        let padding = max(1, column - indent - Terminal.columns(label))
        text += String(repeating: " ", count: indent) + terminal.styled(label, .faint)
        text += String(repeating: " ", count: padding) + line + "\n"
      } else {
        text += String(repeating: " ", count: column) + line + "\n"
      }
    }
  }
}
