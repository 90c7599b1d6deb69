import CCurl
import Foundation

/// A request with a body.
public struct HTTPRequest: Sendable {
  public var url: String
  /// Names and values; neither may hold a line end.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(url: String, headers: [(name: String, value: String)] = [], body: [UInt8]) {
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// What a server answered.
public struct HTTPResponse: Sendable, Equatable {
  public var status: Int
  /// The beginning of the body, as text.
  public var body: String
  /// Seconds to wait before the next try, where the server says so (`Retry-After`, RFC 9110 §10.2.3).
  public var retryAfter: Double?
}

/// How an HTTP client goes about it.
public struct HTTPSettings: Sendable, Equatable {
  public var tls: TLS
  /// Seconds to reach the server.
  public var connectTimeout: Double
  /// Seconds for the whole exchange.
  public var timeout: Double
  /// Bytes of a response that are kept.
  public var bodyLimit: Int

  public init(tls: TLS = TLS(), connectTimeout: Double = 10, timeout: Double = 30, bodyLimit: Int = 4096) {
    self.tls = tls
    self.connectTimeout = connectTimeout
    self.timeout = timeout
    self.bodyLimit = bodyLimit
  }
}

/// Posts to `http:` and `https:` URLs, and keeps the connection. Redirects are not followed: a receiver that has moved is
/// for a person to look at. Not thread-safe; several clients work side by side.
public final class HTTPClient {
  private let handle: EasyHandle
  private let settings: HTTPSettings

  public init(_ settings: HTTPSettings = HTTPSettings()) throws(TransportError) {
    self.settings = settings
    handle = try EasyHandle()
  }

  /// Posts a body.
  ///
  /// - Returns: what was answered, whatever its status.
  /// - Throws: `CurlFailure` when no answer came, `TransportError` when the request makes no sense.
  public func post(_ request: HTTPRequest, unless shouldStop: (() -> Bool)? = nil) throws -> HTTPResponse {
    handle.reset()
    try handle.set(CURLOPT_URL, request.url)
    try handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
    try handle.set(CURLOPT_FOLLOWLOCATION, false)
    try handle.set(CURLOPT_USERAGENT, "returnmill")
    try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectTimeout * 1000))
    try handle.set(CURLOPT_TIMEOUT_MS, Int(settings.timeout * 1000))
    try settings.tls.apply(to: handle)
    // No Expect: many small servers don't know it, and libcurl would wait a second.
    try handle.set(CURLOPT_HTTPHEADER, try request.headers.map(HTTPClient.line) + ["Expect:"])
    try handle.set(CURLOPT_POST, true)
    // Handed over whole, so that libcurl can send it again where a kept connection turns out to be dead.
    try handle.set(postFields: request.body)
    var body: [UInt8] = []
    let limit = settings.bodyLimit
    handle.onBody = { bytes in
      body.append(contentsOf: bytes.prefix(max(limit - body.count, 0)))
      return true
    }
    var retryAfter: Double?
    handle.onHeader = { bytes in
      retryAfter = HTTPClient.retryAfter(bytes) ?? retryAfter
      return true
    }
    handle.shouldStop = shouldStop
    try handle.perform()
    return HTTPResponse(
      status: handle.number(CURLINFO_RESPONSE_CODE), body: String(decoding: body, as: UTF8.self), retryAfter: retryAfter
    )
  }

  private static func line(_ header: (name: String, value: String)) throws -> String {
    let line = "\(header.name): \(header.value)"
    guard !line.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F }) else {
      throw TransportError("HTTP header \"\(header.name)\": a control character in its value; take it out")
    }
    return header.value.isEmpty ? "\(header.name);" : line
  }

  private static func retryAfter(_ bytes: UnsafeRawBufferPointer) -> Double? {
    let line = String(decoding: bytes.prefix(200), as: UTF8.self)
    guard line.lowercased().hasPrefix("retry-after:") else { return nil }
    let value = line.dropFirst("retry-after:".count).trimmingCharacters(in: .whitespacesAndNewlines)
    if let seconds = Double(value), seconds.isFinite, seconds >= 0 { return seconds }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return formatter.date(from: value).map { max($0.timeIntervalSinceNow, 0) }
  }
}
