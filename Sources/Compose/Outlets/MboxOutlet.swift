import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An mbox (mboxrd) that takes a campaign's messages; the envelope sender stands in the line that separates them.
///
/// The ledger knows the length that the file has with all that is sent, and that it gets with what is staged. Bytes
/// behind a known length are those of a batch that died, and are cut off; the file is the campaign's own.
final class MboxOutlet: BatchOutlet {
  let place: String
  /// The names of these lengths in the ledger, by file: a campaign may go on in another.
  private var lengthName: String { "length of \(place)" }
  private var stagedLengthName: String { "staged length of \(place)" }
  private let date: String
  private var file: Int32 = -1
  private var length = 0
  private let batch = ByteBuffer(capacity: 1 << 20)

  init(path: String, date: Int) {
    place = path
    self.date = DateField.asctime(date)
  }

  deinit { if file >= 0 { close(file) } }

  func recover(staged: [Int], values: (String) throws -> String?) throws -> Recovery {
    file = open(place, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("can't be opened") }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("can't be read") }
    let found = Int(status.st_size)
    let known = try values(lengthName).flatMap { Int($0) }
    let awaited = try values(stagedLengthName).flatMap { Int($0) } ?? 0
    guard let known else {
      guard found == 0 else {
        throw ComposeError.output(place: place, problem: "is there already, and not of this campaign; name a new file")
      }
      return .lost
    }
    let isWhole = !staged.isEmpty && found == awaited
    guard isWhole || (known...(staged.isEmpty ? known : awaited)).contains(found) else {
      throw ComposeError.output(
        place: place,
        problem:
          "has \(found) bytes, and the campaign's messages have \(known): somebody else has changed it; put it back "
          + "as it was, or name a new file for the rest")
    }
    length = isWhole ? awaited : known
    // What is too much is a part of the batch that died.
    guard isWhole || ftruncate(file, off_t(known)) == 0 else { throw failure("can't be cut back") }
    return isWhole ? .delivered : .lost
  }

  func stage(_ message: Outgoing) throws {
    batch.append("From ")
    batch.append(message.sender)
    batch.append(0x20)
    batch.append(date)
    batch.append(0x0A)
    var rest = message.message
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.count
      let line = rest.prefix(end)
      if MboxOutlet.isSeparator(line) { batch.append(0x3E) }
      batch.append(line)
      rest = rest.dropFirst(end)
    }
    batch.append(0x0A)
  }

  /// `From `, or that behind any number of `>`.
  private static func isSeparator(_ line: ByteSlice) -> Bool {
    guard line.first == 0x46 || line.first == 0x3E else { return false }
    var at = 0
    while at < line.count, line.base[at] == 0x3E { at += 1 }
    return line.dropFirst(at).hasPrefix("From ")
  }

  func prepare() throws -> [String: String] {
    // Nothing is written before the ledger knows how long the file will be.
    [lengthName: String(length), stagedLengthName: String(length + batch.count)]
  }

  func release() throws -> [String: String] {
    var rest = batch.slice
    var at = length
    while !rest.isEmpty {
      let written = pwrite(file, rest.base, rest.count, off_t(at))
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("can't be written") }
      at += written
      rest = rest.dropFirst(written)
    }
    guard fdatasync(file) == 0 else { throw failure("can't be synced") }
    length = at
    batch.removeAll()
    return settled
  }

  var settled: [String: String] { [lengthName: String(length)] }

  private func failure(_ what: String) -> ComposeError {
    .output(place: place, problem: "\(what): \(String(cString: strerror(errno)))")
  }
}
