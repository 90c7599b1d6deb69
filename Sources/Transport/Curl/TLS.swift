import CCurl

/// Whom a TLS client trusts. By default the system's authorities, and the server's name must be in its certificate.
public struct TLS: Sendable, Equatable {
  /// A PEM file of authorities in the place of the system's.
  public var caFile: String?
  /// Whether the certificate is checked at all. Without, anybody on the way can read and change what passes.
  public var verify: Bool

  public init(caFile: String? = nil, verify: Bool = true) {
    self.caFile = caFile
    self.verify = verify
  }

  /// Sets a handle's options.
  public func apply(to handle: EasyHandle) throws(TransportError) {
    if let caFile { try handle.set(CURLOPT_CAINFO, caFile) }
    try handle.set(CURLOPT_SSL_VERIFYPEER, verify)
    try handle.set(CURLOPT_SSL_VERIFYHOST, verify ? 2 : 0)
  }
}
