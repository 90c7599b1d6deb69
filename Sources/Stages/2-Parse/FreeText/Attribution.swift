import ByteSlices

/// Lines that say who wrote what is quoted below: `On Mon, 5 May 2025 at 10:00, Anna <anna@example.org> wrote:`.
enum Attribution {
  /// What mail programs write for "wrote", in their languages.
  private static let verbs: [StaticString] = [
    "wrote", "writes", "said", "schrieb", "geschrieben", "a écrit", "a &eacute;crit", "escribió", "escribio",
    "ha scritto",
    "scrisse", "escreveu", "schreef", "geschreven", "napisał", "napisala", "pisze", "napsal", "napísal", "skrev",
    "skrifaði",
    "kirjoitti", "пишет", "писал", "написал", "написа", "пише", "yazdı", "şunu yazdı", "έγραψε", "írta", "a scris",
    "je napisa", "je napisal", "rašė", "rakstīja", "kirjutas", "va escriure", "idatzi zuen", "wrote", "さんは書きました",
    "のメッセージ", "のメール", "書きました", "写道", "寫道", "写到", "작성", "님이 쓴", "đã viết", "เขียนว่า", "menulis", "כתב", "كتب",
    "a écrit", "sent the following",
  ]

  /// How such lines begin where they do not begin a paragraph.
  private static let starts: PhraseList = [
    "on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "w dniu", "dnia ", "dne ", "dňa ", "pe ", "at ", "a ",
    "in data",
  ]

  static func startsLikeOne(_ line: ByteSlice) -> Bool {
    let words = line.trimmed
    guard words.count > 4, words.prefix(48).contains(where: { $0.isASCIIDigit }) else { return false }
    return starts.begins(words)
  }

  /// Ends as attributions do: with a colon, of ASCII or of full width.
  static func ends(_ words: ByteSlice) -> Bool { words.last == 0x3A || words.hasSuffix("：") }

  /// Has a verb of writing, and a date or an address.
  static func isOne(_ words: ByteSlice) -> Bool {
    guard words.count < 500, words.contains(where: { $0.isASCIIDigit }) || words.contains(0x40) else { return false }
    return verbs.contains { words.contains(caseless: $0) }
  }

  /// Has an address or a time of day, or begins as attributions do: a sentence that only ends in "wrote:" has not.
  static func isSure(_ words: ByteSlice) -> Bool {
    if words.contains(0x40) { return true }
    var at = 0
    while let colon = words.firstIndex(of: 0x3A, from: at) {
      if colon > 0, colon + 2 < words.count, words[colon - 1].isASCIIDigit, words[colon + 1].isASCIIDigit,
        words[colon + 2].isASCIIDigit
      {
        return true
      }
      at = colon + 1
    }
    return startsLikeOne(words)
  }
}
