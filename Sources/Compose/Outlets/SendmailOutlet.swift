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

    init(_ command: [String]) { self.command = command }

    func submit(_ message: ByteSlice, from sender: ByteSlice, to recipient: ByteSlice) throws -> Acceptance {
      let program = Process()
      program.executableURL = URL(fileURLWithPath: command[0])
      program.arguments = command.dropFirst() + ["-i", "-f", String(sender), "--", String(recipient)]
      let (input, errors) = (Pipe(), Pipe())
      program.standardInput = input
      program.standardOutput = FileHandle.nullDevice
      program.standardError = errors
      do { try program.run() } catch {
        throw ComposeError.output(place: command[0], problem: "can't be run: \(error.localizedDescription)")
      }
      // What a program that ends early doesn't read is lost; its exit code tells why.
      var rest = message
      while !rest.isEmpty {
        let written = write(input.fileHandleForWriting.fileDescriptor, rest.base, rest.count)
        if written < 0, errno == EINTR { continue }
        if written <= 0 { break }
        rest = rest.dropFirst(written)
      }
      try? input.fileHandleForWriting.close()
      let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile().prefix(500), as: UTF8.self)
        .split(whereSeparator: \.isNewline).joined(separator: " ")
      program.waitUntilExit()
      let code = program.terminationStatus
      let note = words.isEmpty ? "exit code \(code)" : "exit code \(code): \(words)"
      guard program.terminationReason == .exit else { return .deferred("ended by signal \(code)") }
      switch code {
      case 0: return rest.isEmpty ? .accepted("") : .deferred("did not read the whole message")
      // EX_DATAERR, EX_NOUSER, EX_NOHOST
      case 65, 67, 68: return .refused(note)
      // EX_USAGE, EX_CONFIG, not found, not executable: no message will fare better.
      case 64, 78, 126, 127: throw ComposeError.output(place: command[0], problem: note)
      default: return .deferred(note)
      }
    }

    func end() {}
  }
}
