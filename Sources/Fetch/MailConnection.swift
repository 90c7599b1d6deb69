import ByteSlices
import CMailStream

/// A connection that curl has opened, secured and logged in, with a buffer of its own: lines, and runs of bytes.
final class MailConnection {
  /// A line that is no message's is never longer.
  private static let lineLimit = 1 << 20
  private let stream: OpaquePointer
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
    let token = try mailbox.token?.value(for: mailbox.description)
    let password = token == nil ? try mailbox.password?.value(for: mailbox.description) : nil
    guard token != nil || password != nil else {
      throw FetchError(.configuration, mailbox.description, "\"password\" or \"token\" is missing")
    }
    stream = try Self.open(mailbox, password: password, token: token)
    buffer = .allocate(capacity: room)
  }

  deinit {
    rm_mail_close(stream)
    buffer.deallocate()
  }

  private static func open(_ mailbox: RemoteMailbox, password: String?, token: String?) throws -> OpaquePointer {
    var words = [CChar](repeating: 0, count: 512)
    var refused: Int32 = 0
    let stream = mailbox.address.withCString { url in
      mailbox.user.withCString { user in
        withOptionalCString(password) { password in
          withOptionalCString(token) { token in
            withOptionalCString(mailbox.authorities) { authorities in
              var login = rm_mail_login(
                url: url, user: user, password: password, token: token, authorities: authorities,
                secure: mailbox.security == .none ? 0 : 1, timeout: mailbox.timeout)
              return rm_mail_open(&login, &words, words.count, &refused)
            }
          }
        }
      }
    }
    if let stream { return stream }
    let reason = String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    if refused != 0 {
      throw FetchError(
        .refused, mailbox.description, "the server doesn't accept the login (\(reason)); check user and password")
    }
    throw FetchError(
      .connection, mailbox.description,
      "can't connect to \(mailbox.address): \(reason); check host, port and \"ca_file\", or try later")
  }

  private static func withOptionalCString<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let text else { return body(nil) }
    return text.withCString(body)
  }

  /// Sends a text whole.
  func send(_ text: String) throws {
    var text = text
    try text.withUTF8 { bytes in
      guard let base = bytes.baseAddress else { return }
      var sent = 0
      while sent < bytes.count {
        let step = rm_mail_send(stream, base + sent, bytes.count - sent)
        if step == RM_MAIL_AGAIN { try wait(writing: true) } else if step < 0 { throw gone } else { sent += step }
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
      let step = rm_mail_receive(stream, buffer + tail, room - tail)
      if step > 0 {
        tail += step
        return
      }
      guard step == RM_MAIL_AGAIN else { throw gone }
      try wait(writing: false)
    }
  }

  private func wait(writing: Bool) throws {
    for _ in 0..<(mailbox.timeout * 4) {
      try check()
      if rm_mail_wait(stream, writing ? 1 : 0, 250) != 0 { return }
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
