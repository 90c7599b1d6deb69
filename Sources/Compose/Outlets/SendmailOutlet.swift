import ByteSlices
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A program that takes a message as sendmail does: on its standard input, the envelope on its command line.
///
/// `sendmail -i -f SENDER -- RECIPIENT`; its exit code (sysexits.h) tells what became of the message.
struct SendmailOutlet: SubmissionOutlet {
  /// The program and its first arguments.
  let command: [String]

  var place: String { command.joined(separator: " ") }

  func connect() throws -> any SubmissionConnection { Connection(command) }

  private final class Connection: SubmissionConnection {
    private let command: [String]
    /// What the program says on standard error: a file, as a pipe may fill up while the program waits to be read.
    private let words: UnsafeMutablePointer<FILE>?

    init(_ command: [String]) {
      self.command = command
      words = tmpfile()
    }

    deinit { if let words { fclose(words) } }

    func submit(_ message: ByteSlice, from sender: ByteSlice, to recipient: ByteSlice) throws -> Acceptance {
      let program = Process()
      program.executableURL = URL(fileURLWithPath: command[0])
      program.arguments = command.dropFirst() + ["-i", "-f", String(sender), "--", String(recipient)]
      let input = Pipe()
      program.standardInput = input
      program.standardOutput = FileHandle.nullDevice
      program.standardError = try errorFile()
      do { try program.run() } catch {
        throw ComposeError.output(place: command[0], problem: "can't be run: \(error.localizedDescription)")
      }
      let isRead = Connection.write(message, input.fileHandleForWriting.fileDescriptor)
      try? input.fileHandleForWriting.close()
      program.waitUntilExit()
      let words = readErrors()
      let code = program.terminationStatus
      let note = words.isEmpty ? "exit code \(code)" : "exit code \(code): \(words)"
      guard program.terminationReason == .exit else { return .deferred("ended by signal \(code)") }
      switch code {
      case 0: return isRead ? .accepted("") : .deferred("did not read the whole message")
      // EX_DATAERR, EX_NOUSER, EX_NOHOST
      case 65, 67, 68: return .refused(note)
      // EX_USAGE, EX_CONFIG, not found, not executable: no message will fare better.
      case 64, 78, 126, 127: throw ComposeError.output(place: command[0], problem: note)
      default: return .deferred(note)
      }
    }

    func end() {}

    /// What a program that ends early doesn't read is lost; its exit code tells why. The signal for that is kept from
    /// this thread, and taken back.
    private static func write(_ message: ByteSlice, _ file: Int32) -> Bool {
      var (pipe, before) = (sigset_t(), sigset_t())
      sigemptyset(&pipe)
      sigaddset(&pipe, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &pipe, &before)
      defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
      var rest = message
      while !rest.isEmpty {
        let written = Glibc.write(file, rest.base, rest.count)
        if written < 0, errno == EINTR { continue }
        if written <= 0 {
          var now = timespec(tv_sec: 0, tv_nsec: 0)
          sigtimedwait(&pipe, nil, &now)
          return false
        }
        rest = rest.dropFirst(written)
      }
      return true
    }

    private func errorFile() throws -> FileHandle {
      guard let words else { return FileHandle.nullDevice }
      lseek(fileno(words), 0, SEEK_SET)
      ftruncate(fileno(words), 0)
      return FileHandle(fileDescriptor: fileno(words), closeOnDealloc: false)
    }

    /// The first 500 bytes, in one line.
    private func readErrors() -> String {
      guard let words else { return "" }
      var bytes = [UInt8](repeating: 0, count: 500)
      let count = pread(fileno(words), &bytes, bytes.count, 0)
      return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(whereSeparator: \.isNewline)
        .joined(separator: " ")
    }
  }
}
