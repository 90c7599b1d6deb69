import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where text for a person goes: how wide it is, and whether it takes colour.
public struct Terminal: Sendable {
  /// When colour is used.
  public enum Color: String, Sendable, CaseIterable {
    /// On a terminal, unless `NO_COLOR` is set or the terminal is dumb.
    case auto
    case always, never
  }

  /// Columns.
  public var width: Int
  public var isColored: Bool

  public init(width: Int = 80, isColored: Bool = false) {
    self.width = max(width, 40)
    self.isColored = isColored
  }

  /// Standard output. Lines for a person are no longer than 100 columns, however wide the window is; where there is no
  /// window, 80, or what `COLUMNS` says.
  public static func standardOutput(_ color: Color = .auto) -> Terminal {
    let environment = ProcessInfo.processInfo.environment
    var size = winsize()
    let isTerminal = isatty(STDOUT_FILENO) == 1
    var width = environment["COLUMNS"].flatMap(Int.init) ?? 80
    if isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { width = Int(size.ws_col) }
    let refused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let isColored =
      switch color {
      case .auto: isTerminal && !refused && environment["TERM"] != "dumb"
      case .always: true
      case .never: false
      }
    return Terminal(width: min(width, 100), isColored: isColored)
  }

  /// How a run of text looks.
  public enum Style: String, Sendable {
    case plain = "0"
    case strong = "1"
    case faint = "2"
    /// What a rule saw.
    case mark = "1;33"
    case good = "32"
    case bad = "31"
  }

  /// The text in a style; marked text stands in « » where there is no colour.
  public func styled(_ text: String, _ style: Style) -> String {
    if isColored { return style == .plain ? text : "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" }
    return style == .mark ? "«\(text)»" : text
  }

  /// Mail is hostile: what would move the cursor, change colours or turn the direction of writing becomes `·`. White
  /// space of any kind and length becomes a blank.
  public static func safe(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    var blank = false
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x0D, 0x20, 0xA0:
        if !blank { out.append(" ") }
        blank = true
        continue
      case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: out.append("·")
      default: out.append(scalar)
      }
      blank = false
    }
    return String(out)
  }

  /// Columns that a text takes: two for a wide character, none for one that combines.
  public static func columns(_ text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { $0 + columns($1) }
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x300: return 1
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default:
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format: return 0
      default: return 1
      }
    }
  }
}
