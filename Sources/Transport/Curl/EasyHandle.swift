import CCurl

/// One of libcurl's easy handles: options in, one transfer at a time, callbacks while it runs.
///
/// It keeps its connection from one transfer to the next, so use one handle again for one server. `reset` forgets the
/// options and keeps the connection.
/// ```swift
/// let handle = try EasyHandle()
/// try handle.set(CURLOPT_URL, "imaps://mail.example.org/INBOX")
/// handle.onBody = { bytes in text.append(contentsOf: bytes); return true }
/// try handle.perform()
/// ```
/// Not thread-safe; several handles work side by side.
public final class EasyHandle {
  /// libcurl's own handle, for what this class has no name for.
  public let raw: UnsafeMutableRawPointer
  /// Gets what the server sends as content; false ends the transfer.
  public var onBody: ((UnsafeRawBufferPointer) -> Bool)?
  /// Gets what the server sends as protocol: HTTP's header lines; the replies of SMTP, IMAP and POP3, line by line.
  /// False ends the transfer.
  public var onHeader: ((UnsafeRawBufferPointer) -> Bool)?
  /// Fills a buffer with what is to be sent, and tells how many bytes it has put there; 0 is the end.
  public var onRead: ((UnsafeMutableRawBufferPointer) -> Int)?
  /// Gets both sides of the dialogue as they pass, passwords included.
  public var onDialogue: ((curl_infotype, UnsafeRawBufferPointer) -> Void)?
  /// Asked about once a second; true ends the transfer with `CURLE_ABORTED_BY_CALLBACK`.
  public var shouldStop: (() -> Bool)?
  private let words: UnsafeMutablePointer<CChar>
  private var lists: [UnsafeMutablePointer<curl_slist>] = []

  private static let global = rm_curl_global_init()

  public init() throws(TransportError) {
    guard EasyHandle.global == CURLE_OK, let raw = curl_easy_init() else {
      throw TransportError("libcurl can't be started: out of memory, or a broken installation")
    }
    self.raw = raw
    words = .allocate(capacity: Int(CURL_ERROR_SIZE))
    words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    setDefaults()
  }

  deinit {
    // To close a connection is a dialogue too. There is nobody left to be called back, and nothing to wait long for.
    curl_easy_reset(raw)
    rm_curl_set_long(raw, CURLOPT_NOSIGNAL, 1)
    rm_curl_set_long(raw, CURLOPT_SERVER_RESPONSE_TIMEOUT, 5)
    BrokenPipe.ignored { curl_easy_cleanup(raw) }
    freeLists()
    words.deallocate()
  }

  /// Takes all options and callbacks back. Connections, TLS sessions and what is known of names stay.
  public func reset() {
    curl_easy_reset(raw)
    freeLists()
    onBody = nil
    onHeader = nil
    onRead = nil
    onDialogue = nil
    shouldStop = nil
    setDefaults()
  }

  // MARK: options

  /// Sets an option that takes a number or a switch.
  public func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
    try check(rm_curl_set_long(raw, option, value), option)
  }

  /// Sets an option that takes a switch.
  public func set(_ option: CURLoption, _ value: Bool) throws(TransportError) { try set(option, value ? 1 : 0) }

  /// Sets an option whose name ends in `_LARGE`: a size in bytes.
  public func set(large option: CURLoption, _ value: Int) throws(TransportError) {
    try check(rm_curl_set_large(raw, option, curl_off_t(value)), option)
  }

  /// Sets an option that takes a string; nil takes it back.
  public func set(_ option: CURLoption, _ value: String?) throws(TransportError) {
    guard let value else { return try check(rm_curl_set_pointer(raw, option, nil), option) }
    guard !value.utf8.contains(0) else { throw TransportError("a NUL byte in an option's value; take it out") }
    try check(value.withCString { rm_curl_set_pointer(raw, option, $0) }, option)
  }

  /// Sets `CURLOPT_COPYPOSTFIELDS`, which copies as many bytes as `CURLOPT_POSTFIELDSIZE_LARGE` has said before.
  public func set(postFields bytes: [UInt8]) throws(TransportError) {
    try set(large: CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
    try check(
      bytes.withUnsafeBytes { rm_curl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }, CURLOPT_COPYPOSTFIELDS
    )
  }

  /// Sets an option that takes a list, such as HTTP's headers or SMTP's recipients. The list lives until `reset`.
  public func set(_ option: CURLoption, _ values: [String]) throws(TransportError) {
    var list: UnsafeMutablePointer<curl_slist>?
    for value in values {
      guard let longer = curl_slist_append(list, value) else {
        curl_slist_free_all(list)
        throw TransportError("libcurl has no memory left")
      }
      list = longer
    }
    if let list { lists.append(list) }
    try check(rm_curl_set_pointer(raw, option, list), option)
  }

  // MARK: the transfer

  /// Does what the options say, to the end.
  ///
  /// - Throws: `CurlFailure`, with libcurl's code and words.
  public func perform() throws(CurlFailure) {
    words[0] = 0
    let context = Unmanaged.passUnretained(self).toOpaque()
    rm_curl_set_pointer(raw, CURLOPT_WRITEDATA, context)
    rm_curl_set_pointer(raw, CURLOPT_HEADERDATA, context)
    rm_curl_set_pointer(raw, CURLOPT_READDATA, context)
    rm_curl_set_pointer(raw, CURLOPT_DEBUGDATA, context)
    rm_curl_set_pointer(raw, CURLOPT_XFERINFODATA, context)
    rm_curl_set_long(raw, CURLOPT_VERBOSE, onDialogue == nil ? 0 : 1)
    rm_curl_set_long(raw, CURLOPT_NOPROGRESS, shouldStop == nil ? 1 : 0)
    let code = withExtendedLifetime(self) { BrokenPipe.ignored { curl_easy_perform(raw) } }
    guard code == CURLE_OK else {
      let own = String(cString: words)
      throw CurlFailure(code: code, words: own.isEmpty ? String(cString: curl_easy_strerror(code)) : own)
    }
  }

  /// A number about the last transfer, such as `CURLINFO_RESPONSE_CODE`.
  public func number(_ info: CURLINFO) -> Int {
    var value = 0
    rm_curl_get_long(raw, info, &value)
    return value
  }

  /// A text about the last transfer, such as `CURLINFO_PRIMARY_IP`.
  public func text(_ info: CURLINFO) -> String? {
    var value: UnsafePointer<CChar>?
    rm_curl_get_text(raw, info, &value)
    return value.map { String(cString: $0) }
  }

  // MARK: callbacks

  private func setDefaults() {
    rm_curl_set_long(raw, CURLOPT_NOSIGNAL, 1)
    rm_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, words)
    rm_curl_set_transfer(raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      let handle = EasyHandle.of(context)
      let content = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return handle.onBody?(content) ?? true ? content.count : 0
    }
    rm_curl_set_transfer(raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      let handle = EasyHandle.of(context)
      let content = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return handle.onHeader?(content) ?? true ? content.count : 0
    }
    rm_curl_set_transfer(raw, CURLOPT_READFUNCTION) { bytes, size, count, context in
      EasyHandle.of(context).onRead?(UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? 0
    }
    rm_curl_set_debug(raw) { _, kind, bytes, count, context in
      EasyHandle.of(context).onDialogue?(kind, UnsafeRawBufferPointer(start: bytes, count: count))
      return 0
    }
    rm_curl_set_progress(raw) { context, _, _, _, _ in EasyHandle.of(context).shouldStop?() ?? false ? 1 : 0 }
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> EasyHandle {
    // `perform` has put it there, and keeps the handle alive.
    Unmanaged<EasyHandle>.fromOpaque(context!).takeUnretainedValue()
  }

  private func check(_ code: CURLcode, _ option: CURLoption) throws(TransportError) {
    if code == CURLE_OK { return }
    throw TransportError("libcurl refuses option \(option.rawValue): \(String(cString: curl_easy_strerror(code)))")
  }

  private func freeLists() {
    for list in lists { curl_slist_free_all(list) }
    lists.removeAll()
  }
}
