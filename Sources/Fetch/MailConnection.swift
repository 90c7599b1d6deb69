import ByteSlices
import CCurl
import Transport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A connection to an IMAP or POP3 server that libcurl has opened, secured and logged in. What is said from then on goes
/// through curl untouched (`CURLOPT_CONNECT_ONLY`), and is read here: lines, and runs of bytes.
///
/// curl's own IMAP would not do: its FETCH sets `\Seen` and asks for one message at a time; a command of one's own is
/// answered line by line without regard to literals, so that a line in a message could pass for the server's answer, and
/// what is longer than a buffer is cut.
final class MailConnection {
  /// A line that is no message's is never longer.
  private static let lineLimit = 1 << 20
  private let handle: EasyHandle
  private let socket: Int32
  private let mailbox: RemoteMailbox
  private let check: () throws -> Void
  private var buffer: UnsafeMutablePointer<UInt8>
  private var room = 256 << 10
  private var head = 0
  private var tail = 0

  /// Connects and logs in.
  init(_ mailbox: RemoteMailbox, check: @escaping () throws -> Void) throws {
    self.mailbox = mailbox
    self.check = check
    handle = try EasyHandle()
    try Self.set(handle, mailbox)
    do {
      try handle.perform()
    } catch {
      throw Self.failure(error, mailbox)
    }
    socket = rm_curl_get_socket(handle.raw)
    guard socket >= 0 else {
      throw FetchError(.connection, mailbox.description, "the server has closed the connection")
    }
    buffer = .allocate(capacity: room)
  }

  deinit { buffer.deallocate() }

  private static func set(_ handle: EasyHandle, _ mailbox: RemoteMailbox) throws {
    try handle.set(CURLOPT_URL, mailbox.address)
    try handle.set(CURLOPT_PROTOCOLS_STR, "imap,imaps,pop3,pop3s")
    try handle.set(CURLOPT_CONNECT_ONLY, true)
    try handle.set(CURLOPT_USERNAME, mailbox.user)
    if let token = mailbox.token {
      try handle.set(CURLOPT_XOAUTH2_BEARER, try token.read())
      try handle.set(CURLOPT_SASL_IR, true)
    } else if let password = mailbox.password {
      try handle.set(CURLOPT_PASSWORD, try password.read())
    } else {
      throw FetchError(.configuration, mailbox.description, "\"password\" or \"token\" is missing")
    }
    let isSecure = mailbox.security != .none
    try handle.set(CURLOPT_USE_SSL, Int(isSecure ? CURLUSESSL_ALL.rawValue : CURLUSESSL_NONE.rawValue))
    try TLS(caFile: mailbox.authorities).apply(to: handle)
    if mailbox.authorities != nil { try handle.set(CURLOPT_CAPATH, nil as String?) }
    try handle.set(CURLOPT_PROXY, "")
    try handle.set(CURLOPT_TCP_KEEPALIVE, true)
    try handle.set(CURLOPT_CONNECTTIMEOUT, mailbox.timeout)
    try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, mailbox.timeout)
  }

  private static func failure(_ failure: CurlFailure, _ mailbox: RemoteMailbox) -> FetchError {
    if failure.code == CURLE_LOGIN_DENIED || failure.code == CURLE_AUTH_ERROR {
      return FetchError(
        .refused, mailbox.description, "the server doesn't accept the login (\(failure)); check user and password")
    }
    if failure.code == CURLE_USE_SSL_FAILED {
      return FetchError(
        .refused, mailbox.description,
        "the server offers no TLS on \(mailbox.address); use \(mailbox.access.rawValue)s:, or \"tls\": false on a "
          + "network that is yours")
    }
    return FetchError(
      .connection, mailbox.description,
      "can't connect to \(mailbox.address): \(failure); check host, port and \"ca_file\", or try later")
  }

  /// Sends a text whole.
  func send(_ text: String) throws {
    var text = text
    try text.withUTF8 { bytes in
      guard let base = bytes.baseAddress else { return }
      var sent = 0
      while sent < bytes.count {
        var step = 0
        switch curl_easy_send(handle.raw, base + sent, bytes.count - sent, &step) {
        case CURLE_OK: sent += step
        case CURLE_AGAIN: try wait(for: POLLOUT)
        default: throw gone
        }
      }
    }
  }

  /// The next line without its end, lent until the next call.
  func line() throws -> ByteSlice {
    var searched = 0
    while true {
      let here = ByteSlice(base: buffer + head, count: tail - head)
      if let end = here.firstIndex(of: 0x0A, from: searched) {
        head += end + 1
        let line = here.prefix(end)
        return line.last == 0x0D ? line.dropLast() : line
      }
      searched = here.count
      guard searched < Self.lineLimit else {
        throw FetchError(
          .protocol, mailbox.description, "the server sends a line of more than \(Self.lineLimit) bytes; give up")
      }
      try fill()
    }
  }

  /// Lends the next `count` bytes to `body`, in pieces.
  func bytes(_ count: Int, _ body: (ByteSlice) throws -> Void) throws {
    var rest = count
    while rest > 0 {
      if head == tail { try fill() }
      let piece = ByteSlice(base: buffer + head, count: min(rest, tail - head))
      head += piece.count
      rest -= piece.count
      try body(piece)
    }
  }

  /// The next piece of text: to the end of the line with its line end, or as much of it as there is.
  func piece() throws -> (bytes: ByteSlice, endsLine: Bool) {
    // A dot alone on a line must be seen with what follows it.
    while tail - head < 3 {
      let here = ByteSlice(base: buffer + head, count: tail - head)
      if here.contains(0x0A) { break }
      try fill()
    }
    let here = ByteSlice(base: buffer + head, count: tail - head)
    let end = here.firstIndex(of: 0x0A).map { $0 + 1 }
    head += end ?? here.count
    return (here.prefix(end ?? here.count), end != nil)
  }

  private func fill() throws {
    if head == tail {
      head = 0
      tail = 0
    } else if tail == room {
      let larger = head > 0 ? room : room * 2
      let next = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
      next.update(from: buffer + head, count: tail - head)
      buffer.deallocate()
      buffer = next
      tail -= head
      head = 0
      room = larger
    }
    while true {
      var step = 0
      switch curl_easy_recv(handle.raw, buffer + tail, room - tail, &step) {
      case CURLE_OK where step > 0:
        tail += step
        return
      case CURLE_AGAIN: try wait(for: POLLIN)
      default: throw gone
      }
    }
  }

  private func wait(for events: Int32) throws {
    for _ in 0..<(mailbox.timeout * 4) {
      try check()
      var one = pollfd(fd: socket, events: Int16(events), revents: 0)
      if poll(&one, 1, 250) > 0 { return }
    }
    throw FetchError(
      .connection, mailbox.description,
      "the server has said nothing for \(mailbox.timeout) s; what was received is kept, try later")
  }

  private var gone: FetchError {
    FetchError(
      .connection, mailbox.description, "the server has closed the connection; what was received is kept, try later")
  }
}
