import ByteSlices
import Crypto
import Patterns
import Rules

/// All dialects, compiled: which signs tell them, and how each is read. Immutable, shared by all workers.
///
/// ```swift
/// let dialects = try DialectSet.bundled()
/// let reader = FreeTextReader(dialects, arena: arena)   // one for each worker
/// ```
public final class DialectSet: Sendable {
  /// By priority, then in the order of the files.
  let dialects: [Dialect]
  /// Those of them that add to what another reads.
  let supplements: [Dialect]
  let tells: TellIndex
  /// Where returned originals begin in any dialect.
  let original: Pattern?
  /// What stands before the address of somebody to ask.
  let bystander: Pattern?
  let headers: SignDatabase
  /// The headers that signs, passages and the collector look at.
  let signHeaders: SignHeaders
  let subject: SignDatabase
  let from: SignDatabase
  let text: SignDatabase
  /// The signs in the text that tell a dialect by themselves: all that is looked for in a message whose headers,
  /// subject and sender have none.
  let certainText: SignDatabase
  /// Which signs of headers, subject and sender make it worth while to look at all of the text.
  let promising: [UInt64]
  let signCount: Int
  /// SHA-256 of the files' names and bytes, in hexadecimal: a change of the data makes parsed shards stale.
  public let digest: String

  /// The digest that a set of these files has, found without compiling them.
  public static func digest(of files: [(name: String, bytes: ByteSlice)]) -> String {
    var hash = SHA256()
    for (name, bytes) in files {
      hash.update(data: Array("\(name)\u{0}\(bytes.count)\u{0}".utf8))
      hash.update(bufferPointer: bytes.raw)
    }
    return hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// Reads the files in the order given. Throws `DialectError`, which names file, line, dialect and mend.
  public init(files: [(name: String, bytes: ByteSlice)]) throws {
    let collector = SignCollector()
    var common = CommonSigns()
    var dialects: [Dialect] = []
    var seen: [String: String] = [:]
    for (name, bytes) in files {
      var file = DialectFile(name, collector)
      for dialect in try file.read(bytes, into: &common) {
        let id = String(dialect.id.slice)
        if let other = seen.updateValue(name, forKey: id) {
          throw DialectError(
            file: name, line: 0, dialect: id, problem: "the id is already used in \(other)", mend: "Choose another")
        }
        dialects.append(dialect)
      }
    }
    digest = Self.digest(of: files)
    self.dialects = dialects.enumerated().sorted {
      ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset)
    }.map(\.element)
    supplements = self.dialects.filter(\.isSupplement)
    tells = TellIndex(self.dialects, common, signs: collector.count)
    do {
      original = common.original.isEmpty ? nil : try Pattern(common.original.map { "(?:\($0))" }.joined(separator: "|"))
      bystander =
        common.bystander.isEmpty
        ? nil : try Pattern("(?:" + common.bystander.joined(separator: "|") + ")(?:[^.\\n@]|\\n(?!\\n)){0,60}\\z")
    } catch {
      throw DialectError(
        file: "signs", line: 0, dialect: "", problem: "'original' or 'bystander' does not compile: \(error.words)",
        mend: "Mend it")
    }
    let certain = DialectSet.certain(self.dialects, collector.signs[.text] ?? [])
    let databases = try (SignField.allCases.map { collector.signs[$0] ?? [] } + [certain]).map(DialectSet.database)
    headers = databases[0]
    let passages = self.dialects.flatMap { $0.recipients + $0.otherwise + $0.diagnostics }
    let signs = collector.signs[.headers] ?? []
    signHeaders = SignHeaders(
      signs.map(\.pattern) + passages.filter { $0.field == .headers }.map(\.expression)
        + RecipientCollector.correspondents.map { "^\($0)" })
    subject = databases[1]
    from = databases[2]
    text = databases[3]
    certainText = databases[4]
    promising = DialectSet.promising(self.dialects, common, collector.count)
    signCount = collector.count
  }

  /// Signs of tells that look at nothing but the text, and are enough.
  private static func certain(_ dialects: [Dialect], _ signs: [SignCollector.Sign]) -> [SignCollector.Sign] {
    let known = Set(signs.map(\.number))
    var wanted: Set<Int> = []
    for tell in dialects.flatMap(\.tells) where tell.isEnough {
      let numbers = tell.anyOf.flatMap { $0 }
      if known.isSuperset(of: numbers) { wanted.formUnion(numbers) }
    }
    return signs.filter { wanted.contains($0.number) }
  }

  private static func promising(_ dialects: [Dialect], _ common: CommonSigns, _ count: Int) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: (count + 63) / 64 + 1)
    for tell in dialects.flatMap(\.tells) + common.null + common.machine + common.failure {
      for number in tell.anyOf.joined() { words[number >> 6] |= 1 << UInt64(number & 63) }
    }
    return words
  }

  private static func database(_ signs: [SignCollector.Sign]) throws(DialectError) -> SignDatabase {
    do {
      return try SignDatabase(signs.map { ($0.pattern, $0.number) })
    } catch {
      let sign = signs.indices.contains(error.index) ? signs[error.index] : nil
      throw DialectError(
        file: sign?.file ?? "signs", line: sign?.line ?? 0, dialect: sign?.dialect ?? "",
        problem: "PCRE2 refuses the pattern '\(sign?.pattern ?? "?")': \(error.words)",
        mend: "Mend it; the place is counted from its beginning")
    }
  }

  /// The dialects that come with the program.
  public static func bundled() throws -> DialectSet { try DialectSet(files: bundledFiles) }

  /// The dialect files that come with the product, by name.
  public static var bundledFiles: [(name: String, bytes: ByteSlice)] {
    var files: [(name: String, bytes: ByteSlice)] = []
    for i in 0..<rm_dialect_file_count {
      let file = rm_dialect_file_at(i)
      files.append((String(cString: file.name), ByteSlice(base: file.bytes, count: file.length)))
    }
    return files
  }
}
