import ByteSlices
import Classify
import Foundation
import Mail
import NDJSON
import Parse
import Records
import Synchronization

/// Judges files at once, without a workspace.
public final class Inspector: Sendable {
  /// What is printed for a message.
  public enum Form: Sendable {
    /// A few lines for a person.
    case text
    /// A line of the classify spool.
    case json
    /// A line of the parse spool.
    case evidence
  }

  private let rules: RuleSet
  private let dialects: DialectSet
  private let options: ParseOptions
  private let messageLimit: Int
  private let form: Form
  private let workers: Int

  /// - Throws: when the rules or dialects are invalid.
  public init(configuration: Configuration?, form: Form, workers: Int) throws {
    rules = try RuleSet(files: RuleSet.files(user: configuration?.rulesInForce() ?? []), trusting: true)
    dialects = try DialectSet.bundled()
    options = configuration?.parseOptions ?? ParseOptions()
    messageLimit = configuration?.limits.messageBytes ?? ArchiveReader.defaultLimit
    self.form = form
    self.workers = workers
  }

  /// Judges the files in the order given and hands over what is to be printed, in that order.
  ///
  /// - Returns: what went wrong, file by file.
  public func inspect(_ files: [String], print: @escaping (Data) -> Void) throws -> [String] {
    var problems: [String] = []
    // A window of files at a time: bounded memory, and output in order.
    let window = max(64, workers * 32)
    for start in stride(from: 0, to: files.count, by: window) {
      let batch = Array(files[start..<min(start + window, files.count)])
      let results = Mutex([Int: (output: Data, problem: String?)]())
      let single = batch.count == 1
      if single {
        let bench = try Bench(self)
        if let problem = bench.inspect(batch[0], flush: print) { problems.append(problem) }
        print(bench.take())
        continue
      }
      try Workers.run(batch.count, workers: workers, context: { try Bench(self) }) { job, bench in
        let problem = bench.inspect(batch[job], flush: nil)
        results.withLock { $0[job] = (bench.take(), problem) }
      }
      let done = results.withLock { $0 }
      for job in batch.indices {
        guard let result = done[job] else { continue }
        print(result.output)
        if let problem = result.problem { problems.append(problem) }
      }
    }
    return problems
  }

  /// A worker's own parser, judge and output.
  private final class Bench {
    let form: Form
    let messageLimit: Int
    let parser: MessageParser
    let judge: Judge
    let archive = Arena()
    let arena = Arena()
    let output = ByteBuffer(capacity: 256 << 10)

    init(_ inspector: Inspector) throws {
      form = inspector.form
      messageLimit = inspector.messageLimit
      parser = try MessageParser(dialects: inspector.dialects, options: inspector.options)
      judge = try Judge(inspector.rules)
    }

    func take() -> Data {
      defer { output.removeAll() }
      return Data(output.slice.raw)
    }

    func inspect(_ path: String, flush: ((Data) -> Void)?) -> String? {
      var messages = 0
      var problem: String?
      do {
        let report: (ArchiveProblem) -> Void = { if $0.isFailure, problem == nil { problem = "\($0)" } }
        try ArchiveReader.forEachMessage(in: path, limit: messageLimit, arena: archive, report: report) { message in
          messages += 1
          try Interruption.check()
          judgeOne(message.bytes, message.source, message.received, isCut: message.isCut)
          if let flush, output.count > 192 << 10 { flush(take()) }
        }
      } catch {
        problem = "\(error)"
      }
      // An empty file is a message without bytes; one that can't be read still has a line.
      if messages == 0 {
        path.withByteSlice { judgeOne(.empty, MessageSource(path: $0), nil) }
      }
      return problem
    }

    private func judgeOne(_ bytes: ByteSlice, _ source: MessageSource, _ received: Int?, isCut: Bool = false) {
      arena.reset()
      let record = parser.parse(bytes, id: MessageID(of: bytes), source: source, received: received, isCut: isCut)
      var json = JSONWriter(output)
      if form == .evidence { return record.encode(to: &json) }
      let verdict = judge.judge(record, arena: arena)
      if form == .json { verdict.encode(to: &json) } else { verdict.describe(to: output) }
    }
  }
}

extension VerdictRecord {
  /// The verdict in a few lines, for a person.
  fileprivate func describe(to out: ByteBuffer) {
    out.append(source.path)
    if source.offset > 0 {
      out.append(" at byte ")
      out.append(decimal: source.offset)
    }
    if !subject.isEmpty {
      out.append("  ")
      out.append(subject.prefix(100))
    }
    out.append("\n")
    for verdict in verdicts {
      out.append("  ")
      out.append(verdict.category.rawValue)
      out.append("/")
      out.append(verdict.reason)
      if !verdict.recipient.isEmpty {
        out.append("  ")
        out.append(verdict.recipient)
      }
      if !verdict.newAddress.isEmpty {
        out.append(" → ")
        out.append(verdict.newAddress)
      }
      out.append("  by ")
      out.append(verdict.rule)
      if let place = verdict.foundIn {
        out.append("  (address from ")
        out.append(place.rawValue)
        out.append(")")
      }
      out.append("\n")
      if !verdict.diagnostic.isEmpty {
        out.append("    ")
        out.append(verdict.diagnostic.prefix(300))
        out.append("\n")
      }
    }
  }
}
