import CCurl

/// Gets what an `https:` or `file:` URL names, by the same rules wherever it is asked for: TLS verified, redirects
/// only to https, and a bound on the size.
public enum Download {
  /// - Parameters:
  ///   - limit: more bytes are an error.
  ///   - caFile: a file of trusted authorities in the place of the system's.
  /// - Throws: `CurlFailure`, `TransportError`.
  public static func bytes(of url: String, limit: Int, caFile: String? = nil) throws -> [UInt8] {
    let handle = try EasyHandle()
    try handle.set(CURLOPT_URL, url)
    try handle.set(CURLOPT_PROTOCOLS_STR, "https,file")
    try handle.set(CURLOPT_REDIR_PROTOCOLS_STR, "https")
    try handle.set(CURLOPT_FOLLOWLOCATION, true)
    try handle.set(CURLOPT_MAXREDIRS, 5)
    try handle.set(CURLOPT_FAILONERROR, true)
    try handle.set(CURLOPT_CONNECTTIMEOUT, 30)
    try handle.set(CURLOPT_LOW_SPEED_LIMIT, 1)
    try handle.set(CURLOPT_LOW_SPEED_TIME, 60)
    try handle.set(CURLOPT_USERAGENT, "returnmill")
    try TLS(caFile: caFile).apply(to: handle)
    var body: [UInt8] = []
    var isTooLong = false
    handle.onBody = { bytes in
      isTooLong = bytes.count > limit - body.count
      if !isTooLong { body.append(contentsOf: bytes) }
      return !isTooLong
    }
    do {
      try handle.perform()
    } catch {
      throw isTooLong ? CurlFailure(code: error.code, words: "more than \(limit) bytes") : error
    }
    return body
  }
}
