import ByteSlices
import Crypto
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
  let common: CommonSigns
  /// Where returned originals begin in any dialect.
  let original: Pattern?
  let headers: SignDatabase
  let subject: SignDatabase
  let from: SignDatabase
  let text: SignDatabase
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
    // Swift's sort is stable, so equal priorities keep the order of the files.
    self.dialects = dialects.sorted { $0.priority > $1.priority }
    self.common = common
    do {
      original = common.original.isEmpty ? nil : try Pattern(common.original.map { "(?:\($0))" }.joined(separator: "|"))
    } catch {
      throw DialectError(
        file: "signs", line: 0, dialect: "", problem: "'original' does not compile: \(error.words)", mend: "Mend it")
    }
    func database(_ field: SignField) throws -> SignDatabase {
      let signs = collector.signs[field] ?? []
      do {
        return try SignDatabase(signs.map { ($0.pattern, $0.number) })
      } catch {
        let sign = signs.indices.contains(error.index) ? signs[error.index] : nil
        throw DialectError(
          file: sign?.file ?? "signs", line: sign?.line ?? 0, dialect: sign?.dialect ?? "",
          problem: "Vectorscan refuses the pattern '\(sign?.pattern ?? "?")': \(error.words)",
          mend: "Signs know no look-around and no back-references; write it without")
      }
    }
    headers = try database(.headers)
    subject = try database(.subject)
    from = try database(.from)
    text = try database(.text)
    signCount = collector.count
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
