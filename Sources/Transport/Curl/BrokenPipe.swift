#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Keeps SIGPIPE from ending the process when the other side has hung up: TLS libraries write without asking for that,
/// and libcurl leaves signals to us. Only this thread is concerned, so that standard output breaks as it should.
enum BrokenPipe {
  static func ignored<Result>(_ body: () -> Result) -> Result {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    var former = sigset_t()
    pthread_sigmask(SIG_BLOCK, &signals, &former)
    defer {
      if sigismember(&former, SIGPIPE) == 0 {
        var now = timespec()
        while sigtimedwait(&signals, nil, &now) == SIGPIPE {}
      }
      pthread_sigmask(SIG_SETMASK, &former, nil)
    }
    return body()
  }
}
