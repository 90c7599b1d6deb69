/// Text with marked runs, that is broken into lines.
struct Paragraph {
  struct Run {
    var text: String
    var style: Terminal.Style
  }

  private(set) var runs: [Run] = []

  init() {}

  init(_ text: String, _ style: Terminal.Style = .plain) { add(text, style) }

  mutating func add(_ text: String, _ style: Terminal.Style = .plain) {
    if !text.isEmpty { runs.append(Run(text: text, style: style)) }
  }

  /// A text with its marked bytes (ranges of its UTF-8, in any order, maybe overlapping), cut to about so many
  /// characters around the marks.
  init(_ text: String, marks: [Range<Int>], limit: Int) {
    let bytes = Array(text.utf8)
    let merged = Paragraph.merge(marks, bytes.count)
    let window = Paragraph.window(merged, bytes, limit)
    if window.lowerBound > 0 { add("… ", .faint) }
    var at = window.lowerBound
    for mark in merged where mark.lowerBound < window.upperBound && mark.upperBound > window.lowerBound {
      let lower = max(mark.lowerBound, at)
      let upper = min(mark.upperBound, window.upperBound)
      if at < lower { add(bytes[at..<lower], .plain) }
      if lower < upper { add(bytes[lower..<upper], .mark) }
      at = max(at, upper)
    }
    if at < window.upperBound { add(bytes[at..<window.upperBound], .plain) }
    if window.upperBound < bytes.count { self.add(" …", .faint) }
  }

  private mutating func add(_ bytes: ArraySlice<UInt8>, _ style: Terminal.Style) {
    add(Terminal.safe(String(decoding: bytes, as: UTF8.self)), style)
  }

  private static func merge(_ marks: [Range<Int>], _ count: Int) -> [Range<Int>] {
    var merged: [Range<Int>] = []
    for mark in marks.sorted(by: { $0.lowerBound < $1.lowerBound }) where mark.upperBound <= count && !mark.isEmpty {
      if let last = merged.last, mark.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, mark.upperBound)
      } else {
        merged.append(mark)
      }
    }
    return merged
  }

  /// The part that is worth showing: what is marked, and some of what stands around it, whole characters.
  private static func window(_ marks: [Range<Int>], _ bytes: [UInt8], _ limit: Int) -> Range<Int> {
    if bytes.count <= limit { return 0..<bytes.count }
    let first = marks.first?.lowerBound ?? 0
    let last = min(marks.last?.upperBound ?? 0, first + limit)
    let around = max((limit - (last - first)) / 2, 24)
    var lower = max(0, first - around)
    var upper = min(bytes.count, max(last, first) + around + max(0, around - first))
    while lower > 0, bytes[lower] & 0xC0 == 0x80 || !(bytes[lower - 1] <= 0x20) && first - lower < around + 16 {
      lower -= 1
    }
    while upper < bytes.count, bytes[upper] & 0xC0 == 0x80 || bytes[upper] > 0x20 && upper - last < around + 16 {
      upper += 1
    }
    return lower..<upper
  }

  /// Lines no wider than `width`, broken at blanks; a word that is wider is broken where it must be. Styles go on from
  /// line to line.
  func lines(width: Int, on terminal: Terminal) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    var open: (text: String, style: Terminal.Style)?
    func close() {
      if let run = open { line += terminal.styled(run.text, run.style) }
      open = nil
    }
    func put(_ text: String, _ style: Terminal.Style) {
      if open?.style != style { close() }
      open = ((open?.text ?? "") + text, style)
      used += Terminal.columns(text)
    }
    func end() {
      // No blank before the line's end, marked or not.
      if let run = open { open = (String(run.text.reversed().drop { $0 == " " }.reversed()), run.style) }
      if open?.text.isEmpty == true { open = nil }
      close()
      lines.append(line)
      line = ""
      used = 0
    }
    var plain = self
    if !terminal.isColored {
      // The quotes that stand for colour are text, so that a mark over two lines has one pair of them.
      plain.runs = runs.map { Run(text: terminal.styled($0.text, $0.style), style: .plain) }
    }
    for word in plain.words() {
      let size = word.columns
      if used > 0, used + size > width { end() }
      for piece in word.pieces {
        var rest = piece.text[...]
        if used == 0 { rest = rest.drop { $0 == " " } }
        while used + Terminal.columns(rest) > width, used < width || used > 0 {
          var head = rest.startIndex
          var room = width - used
          while head < rest.endIndex {
            let columns = Terminal.columns(String(rest[head]))
            if columns > room { break }
            room -= columns
            head = rest.index(after: head)
          }
          if head == rest.startIndex, used == 0 { head = rest.index(after: head) }
          put(String(rest[..<head]), piece.style)
          rest = rest[head...]
          if !rest.isEmpty { end() }
          if rest.allSatisfy({ $0 == " " }) { break }
        }
        if !rest.isEmpty { put(String(rest), piece.style) }
      }
    }
    if open != nil || !line.isEmpty { end() }
    return lines
  }

  private struct Word {
    var pieces: [Run]
    var columns: Int
  }

  /// Words with the blanks before them; a word may have several styles.
  private func words() -> [Word] {
    var words: [Word] = []
    var current = Word(pieces: [], columns: 0)
    var hasLetters = false
    for run in runs {
      var piece = ""
      func flush() {
        if !piece.isEmpty { current.pieces.append(Run(text: piece, style: run.style)) }
        piece = ""
      }
      for character in run.text {
        if character == " ", hasLetters {
          flush()
          words.append(current)
          current = Word(pieces: [], columns: 0)
          hasLetters = false
        }
        piece.append(character)
        current.columns += Terminal.columns(String(character))
        if character != " " { hasLetters = true }
      }
      flush()
    }
    if !current.pieces.isEmpty { words.append(current) }
    return words
  }
}
