import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One run of a program, with a bound on its time.
///
/// Input and errors go through nameless files rather than pipes: no program that doesn't read can block us, and none
/// that writes much either. It gets a process group of its own, so that what it has started is killed with it.
enum ProgramRun {
  enum Status: Equatable {
    case exited(Int32)
    case signalled(Int32)
    case timedOut
    case stopped
  }

  struct Ending {
    var status: Status
    /// The end of what it wrote to standard error, on one line.
    var errors: String
  }

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs it to its end.
  ///
  /// - Parameter command: the program, looked up in PATH, and its arguments.
  static func run(_ command: [String], input: [UInt8], timeout: Double, unless shouldStop: () -> Bool) throws -> Ending
  {
    let inputFile = try namelessFile()
    defer { close(inputFile) }
    let errorFile = try namelessFile()
    defer { close(errorFile) }
    guard input.withUnsafeBytes({ pwrite(inputFile, $0.baseAddress, $0.count, 0) }) == input.count else {
      throw Failure(description: "its input can't be written: \(String(cString: strerror(errno)))")
    }
    let child = try spawn(command, inputFile, errorFile)
    let deadline = ContinuousClock.now + .seconds(timeout)
    var nap: UInt32 = 500
    var status: Int32 = 0
    while true {
      let ended = waitpid(child, &status, WNOHANG)
      if ended == child || (ended < 0 && errno != EINTR) { break }
      let isLate = ContinuousClock.now >= deadline
      if isLate || shouldStop() {
        kill(-child, SIGKILL)
        waitpid(child, &status, 0)
        return Ending(status: isLate ? .timedOut : .stopped, errors: lastWords(errorFile))
      }
      usleep(nap)
      nap = min(nap * 2, 20_000)
    }
    let signal = status & 0x7F
    return Ending(
      status: signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal), errors: lastWords(errorFile))
  }

  private static func spawn(_ command: [String], _ input: Int32, _ errors: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    let code = posix_spawnp(&child, command[0], &actions, &attributes, &arguments, environ)
    guard code == 0 else { throw Failure(description: "can't be started: \(String(cString: strerror(code)))") }
    return child
  }

  private static func namelessFile() throws -> Int32 {
    var path = Array((NSTemporaryDirectory() + "/returnmill-XXXXXX").utf8CString)
    let file = mkstemp(&path)
    guard file >= 0 else {
      throw Failure(description: "no temporary file can be made: \(String(cString: strerror(errno)))")
    }
    unlink(path)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }

  private static func lastWords(_ file: Int32) -> String {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_size > 0 else { return "" }
    var bytes = [UInt8](repeating: 0, count: min(Int(status.st_size), 500))
    let got = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, status.st_size - off_t($0.count)) }
    return String(decoding: bytes.prefix(max(got, 0)), as: UTF8.self).split(whereSeparator: \.isNewline)
      .joined(separator: " / ")
  }
}
