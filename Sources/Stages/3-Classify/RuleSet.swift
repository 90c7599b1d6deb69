import ByteSlices
import Patterns
import Records

/// The rules in force, compiled: read once at start, then shared by all workers.
///
/// The order is total: files by the bytes of their names, rules as they stand in the file. The first that holds wins.
public final class RuleSet: Sendable {
  /// In the order in which they are asked.
  public let rules: [Rule]
  /// SHA-256 over the files' names and bytes: changes when any rule does.
  public let digest: String

  let databases: [PatternDatabase?]
  /// For each pattern, its place in the database of its field; nil for a fact.
  let places: [PatternPlace?]
  /// For each field, the pattern at each place of its database.
  let numbers: [[UInt32]]
  let headers: HeaderTable
  let facts: FactTable
  let conditions: ConditionTable
  let alternatives: [Alternative]
  /// Alternatives that ask for nothing, in order.
  let unconditional: [Int32]
  let names: RuleNames
  /// The number of each pattern, by its `PatternKey`.
  let patternNumbers: [String: UInt32]

  /// One way in which a rule may hold: its `match`, with one group of its `any`.
  struct Alternative: Sendable {
    let rule: Int32
    /// The rule's.
    let category: Category
    /// Its most telling field.
    let field: ByteRange
    /// Whether it asks for words of the server.
    let readsDiagnostic: Bool
    /// Which group of the rule's `any`; nil where it has none.
    let group: Int?
  }

  /// Compiles the rules of `files`, whose order does not matter.
  ///
  /// - Parameter trusting: whether the patterns that come with the product are taken to be good, and compiled when a
  ///   message first asks for one, which spares a part of the start. Else all are tried.
  /// - Throws: `RuleError`, with all that is wrong in them.
  public init(files: [RuleFile], trusting: Bool = false) throws {
    let files = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var reader = RuleReader()
    for file in files { reader.read(file) }
    var compiler = RuleCompiler(known: trusting ? Set(files.lazy.filter(\.isBundled).map(\.path)) : [])
    for (index, rule) in reader.rules.enumerated() { compiler.add(rule, index: index) }
    let databases = compiler.compileDatabases()
    let problems = reader.problems + compiler.problems
    guard problems.isEmpty else { throw RuleError(problems: problems.sorted(by: RuleSet.place)) }
    rules = reader.rules
    self.databases = databases
    var places = [PatternPlace?](repeating: nil, count: compiler.edges.count)
    for field in PatternField.allCases {
      for (index, number) in compiler.numbers[field.rawValue].enumerated() {
        places[Int(number)] = PatternPlace(field: field, index: index)
      }
    }
    self.places = places
    numbers = compiler.numbers
    headers = HeaderTable(compiler.headers)
    facts = compiler.facts
    conditions = ConditionTable(
      edges: compiler.edges, full: compiler.full, costs: places.map { $0?.field.cost ?? 0 },
      wants: compiler.wants)
    alternatives = compiler.alternatives
    unconditional = compiler.full.indices.filter { compiler.full[$0] == 0 }.map(Int32.init)
    names = compiler.names.finish(rules: reader.rules)
    patternNumbers = compiler.patternNumbers
    digest = RuleSet.digest(of: files)
  }

  /// The rules that come with the product.
  public static func bundled() throws -> RuleSet { try RuleSet(files: RuleFile.bundled()) }

  private static func place(_ a: RuleProblem, _ b: RuleProblem) -> Bool {
    a.file == b.file ? a.line < b.line : a.file.utf8.lexicographicallyPrecedes(b.file.utf8)
  }

  /// The digest that a set of these files has, found without compiling them.
  public static func digest(of files: [RuleFile]) -> String {
    let all = ByteBuffer(capacity: 1 << 16)
    for file in files.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      all.append(file.name)
      all.append(0)
      all.append(decimal: file.text.utf8.count)
      all.append(0)
      all.append(file.text)
    }
    return MessageID(of: all.slice).hex
  }
}

/// A run of bytes in the rule set's own memory.
struct ByteRange: Sendable {
  let from: Int32
  let count: Int32
}

/// The names that verdicts carry (rule ids, reasons, fields), in memory that lives as long as the rule set.
final class RuleNames: @unchecked Sendable {
  private let bytes: UnsafeMutablePointer<UInt8>
  private let ids: [ByteRange]
  private let reasons: [ByteRange]

  fileprivate init(bytes all: [UInt8], ids: [ByteRange], reasons: [ByteRange]) {
    bytes = .allocate(capacity: all.count + 1)
    bytes.initialize(from: all, count: all.count)
    self.ids = ids
    self.reasons = reasons
  }

  deinit { bytes.deallocate() }

  func slice(_ range: ByteRange) -> ByteSlice { ByteSlice(base: bytes + Int(range.from), count: Int(range.count)) }
  func id(_ rule: Int) -> ByteSlice { slice(ids[rule]) }
  func reason(_ rule: Int) -> ByteSlice { slice(reasons[rule]) }

  /// Gathers names while rules are compiled.
  struct Builder {
    private var bytes: [UInt8] = []
    private var seen: [String: ByteRange] = [:]

    mutating func add(_ name: String) -> ByteRange {
      if let range = seen[name] { return range }
      let range = ByteRange(from: Int32(bytes.count), count: Int32(name.utf8.count))
      bytes.append(contentsOf: name.utf8)
      seen[name] = range
      return range
    }

    func finish(rules: [Rule]) -> RuleNames {
      var all = self
      let ids = rules.map { all.add($0.id) }
      let reasons = rules.map { all.add($0.reason) }
      return RuleNames(bytes: all.bytes, ids: ids, reasons: reasons)
    }
  }
}

/// Where a pattern stands.
struct PatternPlace: Sendable {
  let field: PatternField
  /// In the field's database.
  let index: Int
}
